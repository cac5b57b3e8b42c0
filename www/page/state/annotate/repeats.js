// Other places where the same string stands.

import { sameMark } from "../edit/change.js";
import { cuts } from "./tokens.js";

/** Most places that are found; nobody checks a longer preview. */
export const REPEATS_MAX = 10_000;
/** Characters shown on either side of a place. */
const CONTEXT = 32;

/** @typedef {{same_case: boolean, whole_words: boolean}} Options */

/**
 * All places of a text where the string stands and this label does not.
 * @param {Pick<Page.Note, "id" | "text" | "entities">[]} notes
 * @param {string} wanted
 * @param {string} label
 * @param {Options} options
 * @returns {{marks: Page.NoteMark[], more: boolean}} `more`: the bound was reached
 */
export function repeats(notes, wanted, label, { same_case, whole_words }) {
  /** @type {Page.NoteMark[]} */
  const marks = [];
  if (wanted.trim() === "") return { marks, more: false };
  // White space matches any white space, so that a name over two lines is found too.
  const words = wanted.trim().split(/\s+/u).map(escaped).join("\\s+");
  const pattern = new RegExp(words, same_case ? "gu" : "giu");
  for (const { id, text, entities } of notes) {
    for (const found of text.matchAll(pattern)) {
      const mark = { start: found.index, end: found.index + found[0].length, label };
      if (whole_words && !wholeWords(text, mark)) continue;
      if (cuts(text, mark.start) || cuts(text, mark.end) || entities.some((entity) => sameMark(entity, mark))) continue;
      if (marks.length === REPEATS_MAX) return { marks, more: true };
      marks.push({ note: id, mark });
    }
  }
  return { marks, more: false };
}

/**
 * A place with some words around it.
 * @param {string} text
 * @param {{start: number, end: number}} mark
 */
export function inContext(text, { start, end }) {
  const line = (/** @type {string} */ part) => part.replace(/\s+/gu, " ");
  const before = line(text.slice(Math.max(start - CONTEXT, 0), start));
  const after = line(text.slice(end, end + CONTEXT));
  return { before, found: line(text.slice(start, end)), after };
}

/** @param {string} word */
function escaped(word) {
  return word.replace(/[\\^$.*+?()[\]{}|/-]/gu, "\\$&");
}

/**
 * @param {string} text
 * @param {{start: number, end: number}} mark
 */
function wholeWords(text, { start, end }) {
  const inWord = /[\p{L}\p{N}\p{M}_]/u;
  const joins = (/** @type {number} */ at) => {
    const before = [...text.slice(Math.max(at - 2, 0), at)].at(-1) ?? "";
    const after = String.fromCodePoint(text.codePointAt(at) ?? 32);
    return inWord.test(before) && inWord.test(after);
  };
  return !joins(start) && !joins(end);
}
