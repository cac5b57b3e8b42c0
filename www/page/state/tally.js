// How many notes there are of each kind. Every edit asks for it, so only the notes that changed are counted again.

import { replacedAt } from "./changed.js";

/** What is counted, and which notes count. */
const KINDS = {
  done: (/** @type {Page.Note} */ note) => note.status === "done",
  labelled: (/** @type {Page.Note} */ note) => note.labelled,
  held_out: (/** @type {Page.Note} */ note) => note.held_out,
  /** Held out by the page, and not by a file name or a person. */
  chosen: (/** @type {Page.Note} */ note) => note.held_out && note.split === "auto",
  /** Labelled, and not done yet. */
  begun: (/** @type {Page.Note} */ note) => note.labelled && note.status !== "done",
  /** Something to learn from. */
  teaching: (/** @type {Page.Note} */ note) => note.labelled && !note.held_out && note.entities.length > 0,
};

/** @typedef {Record<keyof typeof KINDS, number>} Tally */

const NAMES = /** @type {(keyof typeof KINDS)[]} */ (Object.keys(KINDS));

let last = { notes: /** @type {Page.Note[]} */ ([]), tally: none() };

/**
 * @param {Page.Note[]} notes
 * @returns {Readonly<Tally>}
 */
export function tally(notes) {
  if (last.notes === notes) return last.tally;
  const replaced = replacedAt(notes, last.notes);
  const counts = replaced ? { ...last.tally } : none();
  for (const at of replaced ?? notes.keys()) {
    if (replaced) add(counts, last.notes[at], -1);
    add(counts, notes[at], 1);
  }
  last = { notes, tally: counts };
  return counts;
}

/** @returns {Tally} */
function none() {
  return { done: 0, labelled: 0, held_out: 0, chosen: 0, begun: 0, teaching: 0 };
}

/**
 * @param {Tally} counts
 * @param {Page.Note | undefined} note
 * @param {1 | -1} sign
 */
function add(counts, note, sign) {
  if (!note) return;
  for (const name of NAMES) if (KINDS[name](note)) counts[name] += sign;
}
