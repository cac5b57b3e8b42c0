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

/** The text of one note at a time. */
export class TextView {
  #target;
  #scroller;
  /** @type {string | null} */
  #text = null;
  /** @type {import("../../state/annotate/chunks.js").Chunk[]} */
  #parts = [];
  /** @type {TextBlock[]} */
  #blocks = [];
  /** The marks in each block. @type {Marked[][]} */
  #inside = [];
  /** @type {import("./text-block.js").Look} */
  #look = { lane: new Map(), tints: new Map(), labels: [], untrained: () => null };
  #lineCharacters = LINE_CHARACTERS;

  /**
   * @param {HTMLElement} target
   * @param {HTMLElement} scroller
   */
  constructor(target, scroller) {
    this.#target = target;
    this.#scroller = scroller;
    new ResizeObserver((seen) => {
      // It has no width while it is hidden, as it is while there is no note.
      this.#lineCharacters = Math.ceil((seen.at(-1)?.contentRect.width ?? 0) / CHARACTER_PX) || LINE_CHARACTERS;
    }).observe(target);
    // Scrolling of the text and of the page, before the frame that shows it.
    const scrolled = (/** @type {Event} */ { target: what }) => (what === scroller || what === document) && this.drawNear();
    document.addEventListener("scroll", scrolled, { capture: true, passive: true });
    addEventListener("beforeprint", () => this.#blocks.forEach((_, i) => this.#drawBlock(i)));
  }

  get parts() {
    return this.#parts;
  }

  /** @param {string} wanted */
  #setText(wanted) {
    this.#text = wanted;
    this.#parts = chunks(wanted);
    this.#blocks = this.#parts.map((part) => new TextBlock(wanted, part, this.#lineCharacters));
    this.#target.replaceChildren(...this.#blocks.map((block) => block.element));
  }

  /**
   * Takes in the text and its marks, and draws again what is drawn and looks different now; of a new text, its
   * beginning.
   * @param {string} wanted
   * @param {Marked[]} marks
   * @param {Pick<import("./text-block.js").Look, "labels" | "untrained">} as
   */
  draw(wanted, marks, { labels, untrained }) {
    const opened = wanted !== this.#text;
    if (opened) this.#setText(wanted);
    this.#look = { lane: lanes(marks), tints: new Map(labels.map(({ name }) => [name, tint(labels, name)])), labels, untrained };
    this.#inside = byChunk(this.#parts, marks);
    let seen = 0;
    this.#blocks.forEach((block, i) => {
      if (opened ? seen < FIRST_LINES : block.drawn) this.#drawBlock(i);
      seen += block.lines;
    });
  }

  /** @param {number} i */
  #drawBlock(i) {
    this.#blocks[i]?.draw(this.#inside[i] ?? [], this.#look);
  }

  /** Draws the blocks near the visible part. It reads positions, so it is called after everything else is drawn. */
  drawNear() {
    if (this.#blocks.every((block) => block.drawn)) return;
    const { top, bottom, height } = this.#scroller.getBoundingClientRect();
    // Where the text is not scrolled by itself, the window is the visible part.
    const [from, to] = height > innerHeight ? [Math.max(top, 0), Math.min(bottom, innerHeight)] : [top, bottom];
    const around = AROUND * Math.max(to - from, 0);
    const [first, last] = [this.#blockAt(from - around), this.#blockAt(to + around)];
    for (let i = first; i <= last; i += 1) if (!this.#blocks[i]?.drawn) this.#drawBlock(i);
  }

  /**
   * The DOM position of an offset; its block is drawn if it was not.
   * @param {number} offset
   */
  #place(offset) {
    const i = chunkAt(this.#parts, offset);
    if (!this.#blocks[i]?.drawn) this.#drawBlock(i);
    const leaves = this.#blocks[i]?.leaves ?? [];
    const leaf = leaves.findLast(({ start }) => start <= offset) ?? leaves[0];
    return leaf ? { node: leaf.node, offset: Math.min(offset - leaf.start, leaf.node.length) } : null;
  }

  /**
   * Where a range of the text is on the screen, one box a line.
   * @param {number} start
   * @param {number} end
   * @returns {Box[]}
   */
  boxes(start, end) {
    const from = this.#place(start);
    // The block of the last character: the end offset may belong to the next block.
    const to = this.#place(end - 1);
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
  tokenAtPoint(tokens, x, y) {
    const i = this.#blockAt(y);
    const part = this.#parts[i];
    const block = this.#blocks[i];
    if (!part || !block || countOf(tokens) === 0) return null;
    const height = Number.parseFloat(getComputedStyle(block.element).lineHeight) || 0;
    let low = tokenAt(tokens, part.start);
    let high = Math.max(low, tokenAt(tokens, part.end - 1));
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sideOf(this.boxes(startOf(tokens, middle), endOf(tokens, middle)), x, y, height) > 0) low = middle + 1;
      else high = middle;
    }
    const side = (/** @type {number} */ token) => sideOf(this.boxes(startOf(tokens, token), endOf(tokens, token)), x, y, height);
    if (side(low) === 0) return { token: low, inside: true };
    // Between two tokens of a line, the nearer one.
    const before = Math.max(low - 1, 0);
    const [left, right] = [before, low].map((token) => distance(this.boxes(startOf(tokens, token), endOf(tokens, token)), x, y));
    return { token: (left ?? 0) <= (right ?? 0) ? before : low, inside: false };
  }

  /** @param {number} y */
  #blockAt(y) {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (/** @type {TextBlock} */ (this.#blocks[middle]).element.getBoundingClientRect().bottom <= y) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
