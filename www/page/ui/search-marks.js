// What is searched for, highlighted in the open note.

import { placesOf, searchPattern } from "../state/note-search.js";
import { openNote } from "../state/open-note.js";
import { part } from "./dom.js";
import { highlight, rangesIn } from "./highlights.js";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountSearchMarks(root, { store }) {
  const text = part(root, "document-text");
  let waiting = false;

  function draw() {
    waiting = false;
    const { notes, selected, list } = store.get();
    const pattern = list.scope === "comments" ? null : searchPattern(list.search);
    const note = pattern ? openNote({ notes, selected }) : undefined;
    highlight("search", note && pattern ? rangesIn(text, placesOf(note.text, pattern)) : []);
  }
  // The editor may have redrawn the text, so the positions are looked up again.
  function soon() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(draw);
  }
  new MutationObserver(() => store.get().list.search !== "" && soon()).observe(text, { childList: true, subtree: true });
  store.subscribe((state, before) => {
    if (state.list.search !== before.list.search || state.list.scope !== before.list.scope) soon();
  });
}
