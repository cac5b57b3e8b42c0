// One row of the list of notes.

import { count, counted } from "../state/format.js";
import { splitOf, statusSign } from "../state/note-list.js";
import { excerpt } from "../state/note-search.js";
import { element, setText } from "./dom.js";

/** Characters of a note shown in the list. */
const EXCERPT = 90;
const SPLITS = { training: "", "held-out": "held out", unlabelled: "" };

/** What each row shows: a row whose note is the same is not drawn again. @type {WeakMap<HTMLElement, {note: Page.Note, search: string}>} */
const drawn = new WeakMap();

/** @param {Page.Note} note */
export function createRow(note) {
  return element(
    "div",
    { class: "note-row virtual-row", id: `note-${note.id}` },
    element("span", { class: "status-sign" }),
    element("span", { class: "line" }, element("span", { class: "name" }), element("span", { class: "counts small muted" })),
    element("span", { class: "line" }, element("span", { class: "excerpt small muted" }), element("span", { class: "facts" })),
  );
}

/**
 * @param {HTMLElement} made
 * @param {Page.Note} note
 * @param {RegExp | null} pattern what is searched for
 * @param {Page.SearchScope} scope
 */
export function updateRow(made, note, pattern, scope) {
  const search = `${scope} ${pattern?.source}`;
  const known = drawn.get(made);
  if (known?.note === note && known.search === search) return;
  drawn.set(made, { note, search });
  const [sign, name, entities, text, facts] = /** @type {HTMLElement[]} */ ([...made.querySelectorAll("span:not(.line)")]);
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
  const facts = [status.toLowerCase(), counted(entities.length, "mark"), split, comment === "" ? "" : "with a comment"];
  return `${name}: ${facts.filter((fact) => fact !== "").join(", ")}`;
}
