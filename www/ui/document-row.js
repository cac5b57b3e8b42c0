// One row of the list of notes.

import { count, counted } from "../state/format.js";
import { splitOf, statusSign } from "../state/note-list.js";
import { excerpt } from "../state/note-search.js";
import { element, setText } from "./dom.js";

/** Characters of a note shown in the list. */
const EXCERPT = 90;
const SPLITS = { training: "", "held-out": "held out", unlabelled: "" };

/**
 * @typedef {{note: Page.Note, at: number, count: number, selected: boolean, pattern: RegExp | null, scope: Page.SearchScope}} Row
 */

/** What each row shows: a row whose note is the same is not drawn again. @type {WeakMap<HTMLElement, Row>} */
const drawn = new WeakMap();

/** @param {Page.Note} note */
export function createRow(note) {
  const made = element(
    "div",
    { class: "note-row", id: `note-${note.id}` },
    element("span", { class: "status-sign" }),
    element("span", { class: "name" }),
    element("span", { class: "counts small muted" }),
    element("span", { class: "excerpt small muted" }),
    element("span", { class: "facts small" }),
  );
  made.setAttribute("role", "option");
  return made;
}

/**
 * @param {HTMLElement} made
 * @param {Row} row
 */
export function updateRow(made, row) {
  const before = drawn.get(made);
  drawn.set(made, row);
  const { note, at, selected, pattern } = row;
  if (before?.at !== at || before.count !== row.count) {
    made.style.top = `calc(${at} * var(--note-row))`;
    made.setAttribute("aria-posinset", String(at + 1));
    made.setAttribute("aria-setsize", String(row.count));
  }
  if (before?.selected !== selected) made.setAttribute("aria-selected", String(selected));
  const search = `${pattern?.source} ${row.scope}`;
  if (before?.note === note && search === `${before.pattern?.source} ${before.scope}`) return;
  drawNote(made, row);
}

/**
 * @param {HTMLElement} made
 * @param {Row} row
 */
function drawNote(made, { note, pattern, scope }) {
  const [sign, name, entities, text, facts] = /** @type {HTMLElement[]} */ ([...made.children]);
  if (!sign || !name || !entities || !text || !facts) return;
  const status = statusSign(note.status);
  const split = SPLITS[splitOf(note)];
  made.dataset.status = note.status;
  made.setAttribute("aria-label", spoken(note, status.title, split));
  setText(sign, status.sign);
  setText(name, note.name);
  setText(entities, count(note.entities.length));
  setText(facts, [note.comment === "" ? "" : "✎", status.title, split].filter((word) => word !== "").join(" · "));
  const [before, found, after] = excerpt(scope === "comments" ? note.comment : note.text, pattern, EXCERPT);
  text.replaceChildren(before, ...(found === "" ? [] : [element("mark", {}, found)]), after);
}

/**
 * The row as it is read aloud.
 * @param {Page.Note} note
 * @param {string} status
 * @param {string} split
 */
function spoken({ name, entities, comment }, status, split) {
  const facts = [status.toLowerCase(), counted(entities.length, "entity", "entities"), split, comment === "" ? "" : "with a comment"];
  return `${name}: ${facts.filter((fact) => fact !== "").join(", ")}`;
}
