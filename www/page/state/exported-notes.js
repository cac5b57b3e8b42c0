// Which notes an export takes.

import { shownNotes } from "./note-list.js";

/**
 * @param {Page.State} state
 * @param {Page.ExportWhich} which
 */
export function exportedNotes(state, which) {
  switch (which) {
    case "all":
      return state.notes;
    case "done":
      return state.notes.filter((note) => note.status === "done");
    case "listed":
      return shownNotes(state);
  }
}
