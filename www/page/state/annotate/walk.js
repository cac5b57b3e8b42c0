// The annotator's place in a text: a cursor that covers a token and walks by tokens, sentences or marks. Pure.

import { chunkAt } from "./chunks.js";
import { countOf, endOf, startOf, tokenAt, tokensIn } from "./tokens.js";

/**
 * @typedef {import("./tokens.js").Tokens} Tokens
 * @typedef {import("../segments.js").Marked} Marked
 * @typedef {{anchor: number, head: number, mark: Marked | null, border: "start" | "end"}} Walk
 *   the tokens where the selection began and where it is now, the mark chosen, and which of its borders moves
 */

const sentences = new Intl.Segmenter("en", { granularity: "sentence" });

/**
 * On one token, or from one to another.
 * @param {number} head
 * @param {number} [anchor]
 * @returns {Walk}
 */
export function at(head, anchor = head) {
  return { anchor, head, mark: null, border: "end" };
}

/**
 * @param {Tokens} tokens
 * @param {Marked} mark
 * @param {Walk["border"]} [border]
 * @returns {Walk}
 */
export function chosen(tokens, mark, border = "end") {
  const inside = tokensIn(tokens, mark.start, mark.end);
  const nearest = tokenAt(tokens, mark.start);
  return { anchor: inside?.first ?? nearest, head: inside?.last ?? nearest, mark, border };
}

/**
 * What is selected, in offsets.
 * @param {Tokens} tokens
 * @param {Walk} walk
 */
export function range(tokens, { anchor, head }) {
  return { start: startOf(tokens, Math.min(anchor, head)), end: endOf(tokens, Math.max(anchor, head)) };
}

/** Whether more than the token at the cursor is selected. @param {Walk} walk */
export function extended({ anchor, head, mark }) {
  return mark === null && anchor !== head;
}

/**
 * One step of the cursor; a selection ends at the side it goes to.
 * @param {Tokens} tokens
 * @param {Walk} walk
 * @param {number} head where to
 * @param {boolean} extend
 * @returns {Walk}
 */
export function moved(tokens, walk, head, extend) {
  const inside = Math.min(Math.max(head, 0), countOf(tokens) - 1);
  return at(inside, extend ? walk.anchor : inside);
}

/**
 * The first token of the sentence, or of the next or the one before.
 * @param {string} text
 * @param {Tokens} tokens
 * @param {import("./chunks.js").Chunk[]} chunks
 * @param {number} token
 * @param {1 | -1} direction
 */
export function sentence(text, tokens, chunks, token, direction) {
  const here = startOf(tokens, token);
  for (let i = chunkAt(chunks, here); i >= 0 && i < chunks.length; i += direction) {
    const chunk = /** @type {import("./chunks.js").Chunk} */ (chunks[i]);
    const starts = [...sentences.segment(text.slice(chunk.start, chunk.end))].flatMap(({ index, segment }) => {
      const inside = tokensIn(tokens, chunk.start + index, chunk.start + index + segment.length);
      return inside ? inside.first : [];
    });
    const found = direction > 0 ? starts.find((first) => first > token) : starts.findLast((first) => first < token);
    if (found !== undefined) return found;
  }
  return direction > 0 ? countOf(tokens) - 1 : 0;
}

/**
 * A mark with one border moved by a token; null where there is no room. A border inside a token first snaps to it.
 * @param {Tokens} tokens
 * @param {Fedner.Entity} mark
 * @param {Walk["border"]} border
 * @param {1 | -1} step
 * @returns {Fedner.Entity | null}
 */
export function resized(tokens, { start, end, label }, border, step) {
  const inside = tokensIn(tokens, start, end);
  if (!inside) return null;
  const { first, last } = inside;
  if (border === "end") {
    const snaps = step > 0 && end < endOf(tokens, last);
    const to = snaps ? last : last + step;
    return to >= first && to < countOf(tokens) ? { start, end: endOf(tokens, to), label } : null;
  }
  const snaps = step < 0 && start > startOf(tokens, first);
  const to = snaps ? first : first + step;
  return to >= 0 && to <= last ? { start: startOf(tokens, to), end, label } : null;
}

/**
 * The mark after, or before, the cursor or the mark chosen; marks that begin together come longest first.
 * @template {Marked} S
 * @param {S[]} marks
 * @param {Tokens} tokens
 * @param {Walk} walk
 * @param {1 | -1} direction
 * @returns {S | null}
 */
export function neighbour(marks, tokens, walk, direction) {
  const sorted = [...marks].sort(inText);
  if (walk.mark) {
    const { mark } = walk;
    const here = sorted.findIndex((known) => known === mark || inText(known, mark) === 0);
    return sorted[here + direction] ?? null;
  }
  const { start } = range(tokens, walk);
  const found = direction > 0 ? sorted.find((mark) => mark.end > start) : sorted.findLast((mark) => mark.start < start);
  return found ?? null;
}

/**
 * The marks over a place, the shortest first.
 * @template {Marked} S
 * @param {S[]} marks
 * @param {number} start
 * @param {number} end
 */
export function over(marks, start, end) {
  return marks.filter((mark) => mark.start < end && mark.end > start).sort((a, b) => a.end - a.start - (b.end - b.start));
}

/**
 * @param {Marked} a
 * @param {Marked} b
 */
function inText(a, b) {
  return a.start - b.start || b.end - a.end || (a.label < b.label ? -1 : Number(a.label > b.label));
}
