// Notes of the same text: one pass a label, one file an annotator, or a corrected file.

import { sameMark } from "./edit/change.js";
import { plainText } from "./plain-text.js";

/**
 * Notes just added whose text was there before with other marks, each with the note that holds it.
 * @param {Page.Note[]} notes
 * @param {ReadonlySet<string>} added ids of the notes just added
 * @returns {Page.SameText[]}
 */
export function sameTexts(notes, added) {
  /** @type {Map<string, Page.Note>} */
  const first = new Map();
  /** @type {Page.SameText[]} */
  const found = [];
  for (const note of notes) {
    const text = plainText(note);
    const before = first.get(text);
    if (!before) first.set(text, note);
    else if (added.has(note.id) && differs(before, note)) found.push({ before: before.id, added: note.id });
  }
  return found;
}

/** Of the words of two texts at least so many, as a share, are in both where one is the other after corrections. */
const COMMON_MIN = 0.5;

/**
 * Notes just added that have the name of a note that was there and a corrected form of its text, each with that note.
 * @param {Page.Note[]} notes
 * @param {ReadonlySet<string>} added ids of the notes just added
 * @returns {Page.SameText[]}
 */
export function changedTexts(notes, added) {
  /** @type {Map<string, Page.Note>} */
  const before = new Map();
  for (const note of notes) if (!added.has(note.id)) before.set(note.name, note);
  return notes.flatMap((note) => {
    const known = added.has(note.id) ? before.get(note.name) : undefined;
    // Files are often named alike and hold different notes: the words tell.
    if (!known || plainText(known) === plainText(note) || common(known.text, note.text) < COMMON_MIN) return [];
    return [{ before: known.id, added: note.id }];
  });
}

/**
 * How many of the words of both texts are in both, 0 to 1.
 * @param {string} a
 * @param {string} b
 */
function common(a, b) {
  const words = (/** @type {string} */ text) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
  const [first, second] = [words(a), words(b)];
  const both = [...first].filter((word) => second.has(word)).length;
  return both / Math.max(first.size + second.size - both, 1);
}

/**
 * The marks of both, moved where white space stands before one of the texts.
 * @param {Page.Note} before
 * @param {Page.Note} added
 */
export function mergedMarks(before, added) {
  const moved = marksIn(before, added);
  const news = moved.filter((mark) => !before.entities.some((known) => sameMark(known, mark)));
  return [...before.entities, ...news].sort((a, b) => a.start - b.start || a.end - b.end);
}

/**
 * The marks of a note as they stand in another of the same text.
 * @param {Page.Note} target
 * @param {Page.Note} source
 */
export function marksIn(target, source) {
  const by = leading(target) - leading(source);
  const moved = source.entities.map((mark) => ({ ...mark, start: mark.start + by, end: mark.end + by }));
  return moved.filter(({ start, end }) => start >= 0 && end <= target.text.length);
}

/**
 * @param {Page.Note} before
 * @param {Page.Note} added
 */
function differs(before, added) {
  const marks = marksIn(before, added);
  const same = marks.length === before.entities.length && marks.every((mark) => before.entities.some((known) => sameMark(known, mark)));
  return !same || before.labelled !== added.labelled;
}

/** @param {Page.Note} note */
function leading({ text }) {
  return text.length - text.trimStart().length;
}
