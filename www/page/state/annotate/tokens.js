// The tokens of a text, as pairs of start and end: what the cursor walks over and what marks snap to. They come from
// the engine, or from the browser while there is none, and they never cut a character that people see as one.

/** @typedef {Uint32Array} Tokens start and end of each, one pair after the other, in UTF-16 units */

const words = new Intl.Segmenter("en", { granularity: "word" });
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
/** Below this no code unit joins with its neighbours, the line break of two characters apart. */
const FIRST_JOINING = 0x300;
/** How far around a border to look for a joined character; the longest emoji sequences in use have 15 units. */
const JOINED_MAX = 64;

/**
 * The browser's own words, where the engine's are not known.
 * @param {string} text
 * @returns {Tokens}
 */
export function browserTokens(text) {
  /** @type {number[]} */
  const found = [];
  for (const { index, segment } of words.segment(text)) {
    if (segment.trim() !== "") found.push(index, index + segment.length);
  }
  return Uint32Array.from(found);
}

/**
 * The same tokens, joined where a border would cut a character.
 * @param {string} text
 * @param {Tokens} tokens
 * @returns {Tokens}
 */
export function uncut(text, tokens) {
  /** @type {number[]} */
  const joined = [];
  for (let i = 0; i < tokens.length; i += 2) {
    const start = /** @type {number} */ (tokens[i]);
    const end = /** @type {number} */ (tokens[i + 1]);
    if (joined.length > 0 && cuts(text, start)) joined[joined.length - 1] = end;
    else joined.push(cuts(text, start) ? graphemeAt(text, start).start : start, end);
  }
  for (let i = 1; i < joined.length; i += 2) {
    const end = /** @type {number} */ (joined[i]);
    if (cuts(text, end)) joined[i] = graphemeAt(text, end).end;
  }
  return joined.length === tokens.length && joined.every((at, i) => at === tokens[i]) ? tokens : Uint32Array.from(joined);
}

/** @param {Tokens} tokens */
export function countOf(tokens) {
  return tokens.length / 2;
}

/** @param {Tokens} tokens @param {number} i */
export function startOf(tokens, i) {
  return /** @type {number} */ (tokens[2 * i]);
}

/** @param {Tokens} tokens @param {number} i */
export function endOf(tokens, i) {
  return /** @type {number} */ (tokens[2 * i + 1]);
}

/**
 * The token at an offset; between two tokens the nearer one. -1 where there is no token at all.
 * @param {Tokens} tokens
 * @param {number} offset
 */
export function tokenAt(tokens, offset) {
  const count = countOf(tokens);
  if (count === 0) return -1;
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (startOf(tokens, middle) <= offset) low = middle;
    else high = middle - 1;
  }
  const past = offset - endOf(tokens, low);
  const next = low + 1 < count ? startOf(tokens, low + 1) - offset : Number.POSITIVE_INFINITY;
  return past >= 0 && next < past + 1 ? low + 1 : low;
}

/**
 * A range of the text moved outwards to whole tokens; null where it touches none.
 * @param {Tokens} tokens
 * @param {number} start
 * @param {number} end
 * @returns {{first: number, last: number} | null} the first and the last token
 */
export function tokensIn(tokens, start, end) {
  let first = tokenAt(tokens, start);
  if (first < 0) return null;
  while (first > 0 && endOf(tokens, first - 1) > start) first -= 1;
  if (endOf(tokens, first) <= start) first += 1;
  let last = first;
  while (last + 1 < countOf(tokens) && startOf(tokens, last + 1) < end) last += 1;
  return first < countOf(tokens) && startOf(tokens, first) < end ? { first, last } : null;
}

/**
 * Whether a border at this offset lies inside a character that people see as one.
 * @param {string} text
 * @param {number} offset
 */
export function cuts(text, offset) {
  if (offset <= 0 || offset >= text.length) return false;
  const before = text.charCodeAt(offset - 1);
  const after = text.charCodeAt(offset);
  if (before < FIRST_JOINING && after < FIRST_JOINING) return before === 13 && after === 10;
  return graphemeAt(text, offset).start !== offset;
}

/**
 * @param {string} text
 * @param {number} offset
 */
function graphemeAt(text, offset) {
  const from = Math.max(offset - JOINED_MAX, 0);
  const around = text.slice(from, offset + JOINED_MAX);
  const found = graphemes.segment(around).containing(offset - from);
  const start = from + (found?.index ?? offset - from);
  return { start, end: start + (found?.segment.length ?? 0) };
}
