// What of the terms' suggestions can be accepted together.

import { openSuggestions } from "../suggestions.js";
import { termSuggestions } from "./search.js";

/** Suggestions accepted in one step, which can be undone as one. */
export const ACCEPT_MAX = 10_000;

/**
 * The open suggestions of the terms in these notes; of those that overlap, and of the same words with several labels, none,
 * since only a person can choose.
 * @param {Page.State} state
 * @param {Page.Note[]} notes
 * @returns {{marks: Page.NoteMark[], more: boolean}}
 */
export function acceptable(state, notes) {
  /** @type {Page.NoteMark[]} */
  const marks = [];
  for (const note of notes) {
    if (note.status === "done") continue;
    const open = openSuggestions(note, termSuggestions(state, note.id));
    for (const [i, mark] of open.entries()) {
      const overlaps = [open[i - 1], open[i + 1]].some((other) => other && other.start < mark.end && mark.start < other.end);
      if (overlaps) continue;
      if (marks.length === ACCEPT_MAX) return { marks, more: true };
      marks.push({ note: note.id, mark });
    }
  }
  return { marks, more: false };
}
