// How much text one tab trains on, and what is left out beyond it.

import { phrase } from "../../shared/phrase.js";

/** Bytes of UTF-8 of all labelled notes; the engine takes no more (`CORPUS_BYTES_MAX` in client-wasm). */
export const TRAINING_BYTES_MAX = 12 * 1024 * 1024;
/** A UTF-16 unit becomes so many bytes at most. */
const UNIT_BYTES_MAX = 3;

/**
 * The labelled notes that fit. Beyond the limit, notes to train on and notes to score on are cut by the same share, from
 * the end of the list.
 * @param {Page.Note[]} notes
 * @returns {{notes: Page.Note[], left_out: number}}
 */
export function withinTrainingLimit(notes) {
  const labelled = notes.filter((note) => note.labelled);
  const units = labelled.reduce((sum, note) => sum + note.text.length, 0);
  if (units * UNIT_BYTES_MAX <= TRAINING_BYTES_MAX) return { notes: labelled, left_out: 0 };
  const sizes = labelled.map(bytesOf);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  if (all <= TRAINING_BYTES_MAX) return { notes: labelled, left_out: 0 };
  const room = { training: 0, held_out: 0 };
  labelled.forEach((note, i) => {
    room[partOf(note)] += sizes[i] ?? 0;
  });
  for (const part of /** @type {const} */ (["training", "held_out"])) room[part] = Math.floor((room[part] / all) * TRAINING_BYTES_MAX);
  const fitting = labelled.filter((note, i) => {
    room[partOf(note)] -= sizes[i] ?? 0;
    return room[partOf(note)] >= 0;
  });
  return { notes: fitting, left_out: labelled.length - fitting.length };
}

/**
 * What the page says of notes that are left out.
 * @param {number} left_out
 */
export function leftOutPhrase(left_out) {
  return phrase("training.left-out", { most: TRAINING_BYTES_MAX / 1024 / 1024, count: left_out });
}

/** @param {Page.Note} note */
function partOf(note) {
  return note.held_out ? "held_out" : "training";
}

/** Sizes known already: after an edit, one note of thousands is another one. @type {WeakMap<Page.Note, number>} */
const known = new WeakMap();

/** @param {Page.Note} note */
function bytesOf(note) {
  const bytes = known.get(note) ?? utf8Bytes(note.text);
  known.set(note, bytes);
  return bytes;
}

/** @param {string} text */
function utf8Bytes(text) {
  let bytes = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // Each half of a pair is two bytes of four.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return bytes;
}
