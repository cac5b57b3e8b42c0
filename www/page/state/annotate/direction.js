// Which way a paragraph is written, by its first letter (Unicode Bidirectional Algorithm, rules P2 and P3).

const LETTER = /\p{L}/u;
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
/** Characters of a paragraph that are looked at. */
const LOOKED_AT_MAX = 2000;

/**
 * Whether the paragraph around a place is written from right to left.
 * @param {string} text
 * @param {number} at a place in it, in UTF-16 code units
 */
export function isRightToLeft(text, at) {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  const end = text.indexOf("\n", start);
  const paragraph = text.slice(start, Math.min(end < 0 ? text.length : end, start + LOOKED_AT_MAX));
  const letter = LETTER.exec(paragraph);
  return letter !== null && RIGHT_TO_LEFT.test(letter[0]);
}
