// The list of notes: its filters, its search, and going from note to note.

import { phrase } from "../../shared/phrase.js";
import { nextFrame } from "../browser/frames.js";
import { isFiltered, mostUseful, neighbour, nextUndone, shownNotes } from "../state/note-list.js";
import { searchNotes, searchPattern } from "../state/note-search.js";

/** How much of a frame a search may take. */
const SLICE_MS = 6;
/** A search begins when nothing was typed for so long. */
const TYPING_WAIT_MS = 60;

/** @param {Page.Context} context */
export function noteListService({ store, bus }) {
  bus.on("select", (id) => store.dispatch({ type: "note-opened", id }));
  bus.on("set-list", (change) => store.dispatch({ type: "list-changed", change }));
  bus.on("go", (where) => {
    const wanted = destination(store.get(), where);
    if (wanted) store.dispatch({ type: "note-opened", id: wanted.id });
    else store.dispatch({ type: "noticed", message: NOWHERE[where], now_ms: Date.now() });
  });
  searchOnChange(store);
}

/** @type {Record<Page.Direction, Page.Phrase>} */
const NOWHERE = {
  next: phrase("list.nowhere"),
  previous: phrase("list.nowhere"),
  "next-undone": phrase("list.all-done"),
  "most-useful": phrase("list.none-useful"),
};

/**
 * @param {Page.State} state
 * @param {Page.Direction} where
 * @returns {Page.Note | null}
 */
function destination(state, where) {
  const shown = shownNotes(state);
  switch (where) {
    case "next":
      return neighbour(shown, state.selected, 1);
    case "previous":
      return neighbour(shown, state.selected, -1);
    case "next-undone":
      return nextUndone(shown, state.selected);
    case "most-useful":
      return mostUseful(isFiltered(state.list) ? shown : state.notes, state.selected);
  }
}

/**
 * Searches whenever the search or the notes have changed; an older search that is still running stops.
 * @param {Page.Store} store
 */
function searchOnChange(store) {
  let newest = 0;
  store.subscribe((state, before) => {
    const asked = state.list.search !== before.list.search || state.list.scope !== before.list.scope;
    // The text of a note never changes; its entities and its comment do.
    const other = state.list.scope === "text" ? state.notes.length !== before.notes.length : state.notes !== before.notes;
    if (!asked && !(other && state.list.search !== "")) return;
    newest += 1;
    const own = newest;
    setTimeout(() => {
      if (own === newest) search(() => own === newest);
    }, TYPING_WAIT_MS);
  });

  /** @param {() => boolean} wanted */
  function search(wanted) {
    const { notes, list } = store.get();
    const pattern = searchPattern(list.search);
    /** @param {Page.SearchResult | null} result */
    const show = (result) => store.dispatch({ type: "notes-searched", result });
    if (!pattern) return show(null);
    let end_ms = performance.now() + SLICE_MS;
    const clock = {
      slice: () => performance.now() < end_ms,
      async pause() {
        await nextFrame();
        end_ms = performance.now() + SLICE_MS;
        return wanted();
      },
    };
    return searchNotes(notes, pattern, list.scope, clock, show);
  }
}
