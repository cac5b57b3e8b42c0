// The list of notes with the keys of a listbox: one Tab stop, arrows, Home and End, and typing a name.

import { neighbour, shownNotes, typedAhead } from "../state/note-list.js";
import { searchPattern } from "../state/note-search.js";
import { part, whenChanged } from "./dom.js";
import { createRow, updateRow } from "./note-row.js";
import { createVirtualList } from "./virtual-list.js";

/** Height of a row; the style sheet says the same. */
const ROW_REM = 3.5;
/** Letters typed within this time of each other are one name. */
const TYPING_PAUSE_MS = 800;

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountDocumentList(root, { store, bus }) {
  const reader = part(root, "reader");
  const box = part(root, "document-list");
  const typeAhead = createTypeAhead();
  const list = createVirtualList(box, {
    row_rem: ROW_REM,
    key: (/** @type {Page.Note} */ note) => note.id,
    create: createRow,
    update(made, note) {
      const { search, scope } = store.get().list;
      updateRow(made, note, searchPattern(search), scope);
    },
  });

  box.addEventListener("click", (event) => {
    const id = list.keyAt(event);
    if (id !== null) bus.emit("select", id);
  });
  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { selected, writable } = store.get();
    const wanted = destination(event.key, { shown: shownNotes(store.get()), selected, page: list.page(), typeAhead });
    if (wanted) bus.emit("select", wanted.id);
    else if (event.key === "Delete" && selected && writable) bus.emit("edit", { kind: "notes-remove", notes: [selected] });
    else if (event.key === "Enter") document.getElementById("document-text")?.focus();
    else return;
    event.preventDefault();
  });

  store.draw(
    whenChanged(
      (state) => [state.notes, state.selected, state.list, state.search, state.list_turn],
      (state, notes, selected, ..._changed) => {
        reader.hidden = notes.length === 0;
        list.show(shownNotes(state), selected);
      },
    ),
  );
}

/**
 * The note a key leads to.
 * @param {string} key
 * @param {{shown: Page.Note[], selected: string | null, page: number, typeAhead: (letter: string) => string}} list
 * @returns {Page.Note | null}
 */
function destination(key, { shown, selected, page, typeAhead }) {
  switch (key) {
    case "ArrowDown":
      return neighbour(shown, selected, 1);
    case "ArrowUp":
      return neighbour(shown, selected, -1);
    case "PageDown":
      return neighbour(shown, selected, page);
    case "PageUp":
      return neighbour(shown, selected, -page);
    case "Home":
      return shown[0] ?? null;
    case "End":
      return shown.at(-1) ?? null;
    default:
      return [...key].length === 1 && /[\p{L}\p{N}]/u.test(key) ? typedAhead(shown, selected, typeAhead(key)) : null;
  }
}

/** What was typed in one go, with each further letter. */
function createTypeAhead() {
  let typed = "";
  let last_ms = Number.NEGATIVE_INFINITY;
  return (/** @type {string} */ letter) => {
    const now_ms = performance.now();
    typed = now_ms - last_ms < TYPING_PAUSE_MS ? typed + letter : letter;
    last_ms = now_ms;
    return typed;
  };
}
