// The text of a note on the page, in blocks; and where in it a place or a point is.

import { byChunk, chunkAt, chunks } from "../../state/annotate/chunks.js";
import { lanes } from "../../state/annotate/lanes.js";
import { countOf, endOf, startOf, tokenAt } from "../../state/annotate/tokens.js";
import { tint } from "../../state/labels.js";
import { distance, lines, sideOf } from "./boxes.js";
import { TextBlock } from "./text-block.js";

/** Lines drawn first of a note that was just opened: more than most windows show. */
const FIRST_LINES = 40;
/** Width of a character, about, and those of a line while its width is not known. */
const CHARACTER_PX = 8;
const LINE_CHARACTERS = 80;
/** How far around the visible part blocks are drawn, in multiples of its height. */
const AROUND = 1;

/**
 * @typedef {import("../../state/segments.js").Marked} Marked
 * @typedef {import("./boxes.js").Box} Box
 */

/**
 * @param {HTMLElement} target
 * @param {HTMLElement} scroller
 */
export function createTextView(target, scroller) {
  /** @type {string | null} */
  let text = null;
  /** @type {import("../../state/annotate/chunks.js").Chunk[]} */
  let parts = [];
  /** @type {TextBlock[]} */
  let blocks = [];
  /** The marks in each block. @type {Marked[][]} */
  let inside = [];
  /** @type {import("./text-block.js").Look} */
  let look = { lane: new Map(), tints: new Map(), labels: [], untrained: () => null };

  let line_characters = LINE_CHARACTERS;

  /** @param {string} wanted */
  function setText(wanted) {
    text = wanted;
    parts = chunks(wanted);
    blocks = parts.map((part) => new TextBlock(wanted, part, line_characters));
    target.replaceChildren(...blocks.map((block) => block.element));
  }

  /**
   * Takes in the text and its marks, and draws again what is drawn and looks different now; of a new text, its
   * beginning.
   * @param {string} wanted
   * @param {Marked[]} marks
   * @param {Pick<import("./text-block.js").Look, "labels" | "untrained">} as
   */
  function draw(wanted, marks, { labels, untrained }) {
    const opened = wanted !== text;
    if (opened) setText(wanted);
    look = { lane: lanes(marks), tints: new Map(labels.map(({ name }) => [name, tint(labels, name)])), labels, untrained };
    inside = byChunk(parts, marks);
    let seen = 0;
    blocks.forEach((block, i) => {
      if (opened ? seen < FIRST_LINES : block.drawn) drawBlock(i);
      seen += block.lines;
    });
  }

  /** @param {number} i */
  function drawBlock(i) {
    blocks[i]?.draw(inside[i] ?? [], look);
  }

  /** Draws the blocks near the visible part. It reads positions, so it is called after everything else is drawn. */
  function drawNear() {
    if (blocks.every((block) => block.drawn)) return;
    const { top, bottom, height } = scroller.getBoundingClientRect();
    // Where the text is not scrolled by itself, the window is the visible part.
    const [from, to] = height > innerHeight ? [Math.max(top, 0), Math.min(bottom, innerHeight)] : [top, bottom];
    const around = AROUND * Math.max(to - from, 0);
    const [first, last] = [blockAt(from - around), blockAt(to + around)];
    for (let i = first; i <= last; i += 1) if (!blocks[i]?.drawn) drawBlock(i);
  }

  /**
   * The DOM position of an offset; its block is drawn if it was not.
   * @param {number} offset
   */
  function place(offset) {
    const i = chunkAt(parts, offset);
    if (!blocks[i]?.drawn) drawBlock(i);
    const leaves = blocks[i]?.leaves ?? [];
    const leaf = leaves.findLast(({ start }) => start <= offset) ?? leaves[0];
    return leaf ? { node: leaf.node, offset: Math.min(offset - leaf.start, leaf.node.length) } : null;
  }

  /**
   * Where a range of the text is on the screen, one box a line.
   * @param {number} start
   * @param {number} end
   * @returns {Box[]}
   */
  function boxes(start, end) {
    const from = place(start);
    // The block of the last character: the end offset may belong to the next block.
    const to = place(end - 1);
    if (!from || !to) return [];
    const found = document.createRange();
    found.setStart(from.node, from.offset);
    found.setEnd(to.node, Math.min(to.offset + 1, to.node.length));
    return lines([...found.getClientRects()]);
  }

  /**
   * The token at, or nearest to, a point of the screen.
   * @param {import("../../state/annotate/tokens.js").Tokens} tokens
   * @param {number} x
   * @param {number} y
   * @returns {{token: number, inside: boolean} | null}
   */
  function tokenAtPoint(tokens, x, y) {
    const i = blockAt(y);
    const part = parts[i];
    const block = blocks[i];
    if (!part || !block || countOf(tokens) === 0) return null;
    const height = Number.parseFloat(getComputedStyle(block.element).lineHeight) || 0;
    let low = tokenAt(tokens, part.start);
    let high = Math.max(low, tokenAt(tokens, part.end - 1));
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sideOf(boxes(startOf(tokens, middle), endOf(tokens, middle)), x, y, height) > 0) low = middle + 1;
      else high = middle;
    }
    const side = (/** @type {number} */ token) => sideOf(boxes(startOf(tokens, token), endOf(tokens, token)), x, y, height);
    if (side(low) === 0) return { token: low, inside: true };
    // Between two tokens of a line, the nearer one.
    const before = Math.max(low - 1, 0);
    const [left, right] = [before, low].map((token) => distance(boxes(startOf(tokens, token), endOf(tokens, token)), x, y));
    return { token: (left ?? 0) <= (right ?? 0) ? before : low, inside: false };
  }

  /** @param {number} y */
  function blockAt(y) {
    let low = 0;
    let high = blocks.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (/** @type {TextBlock} */ (blocks[middle]).element.getBoundingClientRect().bottom <= y) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  new ResizeObserver((seen) => {
    // It has no width while it is hidden, as it is while there is no note.
    line_characters = Math.ceil((seen.at(-1)?.contentRect.width ?? 0) / CHARACTER_PX) || LINE_CHARACTERS;
  }).observe(target);
  // Scrolling of the text and of the page, before the frame that shows it.
  const scrolled = (/** @type {Event} */ { target: what }) => (what === scroller || what === document) && drawNear();
  document.addEventListener("scroll", scrolled, { capture: true, passive: true });
  addEventListener("beforeprint", () => blocks.forEach((_, i) => drawBlock(i)));

  return { draw, drawNear, boxes, tokenAtPoint, parts: () => parts };
}

/** @typedef {ReturnType<typeof createTextView>} TextView */
