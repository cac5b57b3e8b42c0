// What the keys of the editor do with the open note as a whole and with the model's suggestions in it.

import { bare } from "../state/edit/change.js";
import { nextUndone, shownNotes } from "../state/note-list.js";
import { openNote } from "../state/open-note.js";
import { openSuggestions, shownSuggestions } from "../state/suggestions.js";

/** @param {Page.Context} context */
export function noteCommands({ store, bus }) {
  /** @type {Record<string, () => void>} */
  const commands = {
    "next-note": () => bus.emit("go", "next"),
    "previous-note": () => bus.emit("go", "previous"),
    "next-undone": () => bus.emit("go", "next-undone"),
    useful: () => bus.emit("go", "most-useful"),
    done: () => done(store),
    accept: () => decide("suggestions-accept"),
    reject: () => decide("suggestions-reject"),
  };
  bus.on("command", (command) => commands[command]?.());
  bus.on("set-status", ({ note, status }) => store.dispatch({ type: "edit", edit: { kind: "status", notes: [note], status } }));

  /**
   * Accepts or rejects the chosen suggestion, or else the first one after the cursor, and goes on to the next.
   * @param {"suggestions-accept" | "suggestions-reject"} kind
   */
  function decide(kind) {
    const chosen = chosenSuggestion(store.get());
    if (!chosen) return;
    store.dispatch({ type: "edit", edit: { kind, marks: [chosen] } });
    const next = suggestionFrom(store.get(), chosen.mark.start);
    if (next) bus.emit("show-mark", next);
  }
}

/** @param {Page.Store} store */
function done(store) {
  const { selected, writable } = store.get();
  if (selected === null || !writable) return;
  // Looked up first: afterwards the note may no longer be in the filtered list.
  const next = nextUndone(shownNotes(store.get()), selected);
  store.dispatch({ type: "edit", edit: { kind: "status", notes: [selected], status: "done" } });
  if (next && !store.get().settings.blind) store.dispatch({ type: "note-opened", id: next.id });
}

/**
 * @param {Page.State} state
 * @returns {Page.NoteMark | null}
 */
function chosenSuggestion(state) {
  const { cursor, selected } = state;
  if (cursor?.suggested && cursor.mark && cursor.note === selected) return { note: cursor.note, mark: cursor.mark };
  return suggestionFrom(state, cursor?.note === selected ? (cursor?.start ?? 0) : 0);
}

/**
 * The first open suggestion of the open note from a place on, or else from the beginning.
 * @param {Page.State} state
 * @param {number} start
 * @returns {Page.NoteMark | null}
 */
function suggestionFrom(state, start) {
  const note = openNote(state);
  if (!note || !state.writable) return null;
  const open = openSuggestions(note, shownSuggestions(state, note) ?? []);
  const wanted = open.find((suggestion) => suggestion.start >= start) ?? open[0];
  return wanted ? { note: note.id, mark: bare(wanted) } : null;
}
