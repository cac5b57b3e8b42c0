// Splits a long text into blocks, so that only visible ones are laid out and only changed ones are drawn.

/** A block ends at the first line break after so many UTF-16 units. */
const CHUNK = 600;
/** A paragraph longer than this is cut at a sentence's end, or else at a space. */
const CHUNK_MAX = 6000;

/** @typedef {{start: number, end: number}} Chunk */

/**
 * @param {string} text
 * @returns {Chunk[]} in order, without gaps; at least one
 */
export function chunks(text) {
  /** @type {Chunk[]} */
  const found = [];
  let start = 0;
  while (start < text.length) {
    const end = chunkEnd(text, start);
    found.push({ start, end });
    start = end;
  }
  return found.length > 0 ? found : [{ start: 0, end: 0 }];
}

/**
 * @param {string} text
 * @param {number} start
 */
function chunkEnd(text, start) {
  if (text.length - start <= CHUNK) return text.length;
  const line = text.indexOf("\n", start + CHUNK);
  const end = line < 0 ? text.length : line + 1;
  if (end - start <= CHUNK_MAX) return end;
  const part = text.slice(start, start + CHUNK_MAX);
  const sentence = Math.max(part.lastIndexOf(". "), part.lastIndexOf("\n"));
  const border = sentence > CHUNK ? sentence : part.lastIndexOf(" ");
  if (border > 0) return start + border + 1;
  // One word of this length: only a pair of surrogates must stay together.
  const last = part.charCodeAt(part.length - 1);
  return start + CHUNK_MAX + (last >= 0xd800 && last <= 0xdbff ? 1 : 0);
}

/**
 * The place of the chunk that holds an offset.
 * @param {Chunk[]} all
 * @param {number} offset
 */
export function chunkAt(all, offset) {
  let low = 0;
  let high = all.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (/** @type {Chunk} */ (all[middle]).start <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * The marks that lie, at least in part, in each chunk.
 * @template {{start: number, end: number}} S
 * @param {Chunk[]} all
 * @param {S[]} marks
 * @returns {S[][]}
 */
export function byChunk(all, marks) {
  /** @type {S[][]} */
  const found = all.map(() => []);
  for (const mark of marks) {
    for (let i = chunkAt(all, mark.start); i < all.length && /** @type {Chunk} */ (all[i]).start < mark.end; i += 1) {
      found[i]?.push(mark);
    }
  }
  return found;
}
