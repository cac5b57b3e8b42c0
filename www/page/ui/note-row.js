// One row of the list of notes.

import { text as words } from "../language/language.js";
import { count } from "../state/format.js";
import { splitOf, statusSign } from "../state/note-list.js";
import { excerpt } from "../state/note-search.js";
import { element, setText } from "./dom.js";

/** Characters of a note shown in the list. */
const EXCERPT = 90;

/** What each row shows: a row whose note is the same is not drawn again. @type {WeakMap<HTMLElement, {note: Page.Note, search: string}>} */
const drawn = new WeakMap();

/** @param {Page.Note} note */
export function createRow(note) {
  // What is read aloud is the text itself: the name, how many marks, and the facts. The rest says the same by sight.
  const sign = element("span", { class: "status-sign" });
  const counts = element("span", { class: "counts small muted" });
  const text = element("span", { class: "excerpt small muted" });
  for (const seen of [sign, counts, text]) seen.setAttribute("aria-hidden", "true");
  const marks = element("span", { class: "visually-hidden" });
  return element(
    "div",
    { class: "note-row virtual-row", id: `note-${note.id}` },
    sign,
    element("span", { class: "line" }, element("span", { class: "name" }), counts, marks),
    element("span", { class: "line" }, text, element("span", { class: "facts" })),
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
  const [sign, name, entities, marks, text, facts] = /** @type {HTMLElement[]} */ ([...made.querySelectorAll("span:not(.line)")]);
  if (!sign || !name || !entities || !marks || !text || !facts) return;
  const status = statusSign(note.status);
  const split = splitOf(note) === "held-out" ? words("row.held-out") : "";
  made.dataset.status = note.status;
  setText(sign, status.sign);
  setText(name, note.name);
  setText(entities, count(note.entities.length));
  setText(marks, words("row.marks", { count: note.entities.length }));
  setText(facts, [note.comment === "" ? "" : words("row.comment"), words(`note-status.${status.status}`), split].filter((word) => word !== "").join(" · "));
  const [before, found, after] = excerpt(scope === "comments" ? note.comment : note.text, pattern, EXCERPT);
  text.replaceChildren(before, ...(found === "" ? [] : [element("mark", {}, found)]), after);
}
