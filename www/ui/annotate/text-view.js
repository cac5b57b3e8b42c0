// The text of a note on the page: drawn in blocks, only those that changed; and where in it a place or a point is.

import { byChunk, chunkAt, chunks } from "../../state/annotate/chunks.js";
import { lanes } from "../../state/annotate/lanes.js";
import { countOf, endOf, startOf, tokenAt } from "../../state/annotate/tokens.js";
import { tint } from "../../state/labels.js";
import { segments } from "../../state/segments.js";
import { element } from "../dom.js";
import { drawPieces } from "../marked-text.js";

/** Characters of a line and height of one, to guess a block's height before it is laid out. */
const LINE_CHARACTERS = 80;
const LINE_HEIGHT_REM = 2.25;

/**
 * @typedef {import("../../state/segments.js").Marked} Marked
 * @typedef {{labels: Page.LabelDefinition[], untrained: (mark: Marked) => string | null}} Look
 * @typedef {{left: number, top: number, right: number, bottom: number}} Box
 */

/** @param {HTMLElement} target */
export function createTextView(target) {
  /** @type {string | null} */
  let text = null;
  /** @type {import("../../state/annotate/chunks.js").Chunk[]} */
  let parts = [];
  /** @type {{element: HTMLElement, drawn: unknown[] | null, leaves: import("../marked-text.js").Leaf[]}[]} */
  let blocks = [];

  /** @param {string} wanted */
  function setText(wanted) {
    text = wanted;
    parts = chunks(wanted);
    blocks = parts.map(({ start, end }) => {
      const made = element("div", { class: "chunk" });
      const lines = wanted.slice(start, end).split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / LINE_CHARACTERS)), 0);
      made.style.setProperty("contain-intrinsic-block-size", `auto ${lines * LINE_HEIGHT_REM}rem`);
      return { element: made, drawn: null, leaves: [] };
    });
    target.replaceChildren(...blocks.map((block) => block.element));
  }

  /**
   * @param {string} wanted
   * @param {Marked[]} marks
   * @param {Look} look
   */
  function draw(wanted, marks, look) {
    if (wanted !== text) setText(wanted);
    const lane = lanes(marks);
    const tints = new Map(look.labels.map(({ name }) => [name, tint(look.labels, name)]));
    byChunk(parts, marks).forEach((inside, i) => {
      const [block, part] = [blocks[i], parts[i]];
      if (!block || !part) return;
      // Everything that shows; what is the same as when the block was drawn last needs no drawing.
      const shown = inside.flatMap((mark) => [
        mark.start, mark.end, mark.label, mark.confidence, mark.suggested, lane.get(mark), tints.get(mark.label), look.untrained(mark),
      ]);
      if (block.drawn?.length === shown.length && shown.every((value, k) => value === block.drawn?.[k])) return;
      block.drawn = shown;
      const most = inside.reduce((sum, mark) => Math.max(sum, (lane.get(mark) ?? 0) + 1), 1);
      block.element.style.setProperty("--lanes", String(most));
      const drawn = drawPieces(segments(wanted, inside, part), lane, look);
      block.leaves = drawn.leaves;
      block.element.replaceChildren(...drawn.nodes);
    });
  }

  /**
   * A place in the text as the browser knows it.
   * @param {number} offset
   */
  function place(offset) {
    const leaves = blocks[chunkAt(parts, offset)]?.leaves ?? [];
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
    // The last character's own block: the end may lie at the border of the next one.
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
    // Between two tokens of a line the nearer one.
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
      if (/** @type {(typeof blocks)[number]} */ (blocks[middle]).element.getBoundingClientRect().bottom <= y) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return { draw, boxes, tokenAtPoint, parts: () => parts };
}

/** @typedef {ReturnType<typeof createTextView>} TextView */

/**
 * Boxes of the same line become one.
 * @param {DOMRect[]} rects
 * @returns {Box[]}
 */
function lines(rects) {
  /** @type {Box[]} */
  const found = [];
  for (const { left, top, right, bottom } of rects) {
    if (right - left <= 0) continue;
    const line = found.at(-1);
    if (line && top < (line.top + line.bottom) / 2 && bottom > (line.top + line.bottom) / 2) {
      line.left = Math.min(line.left, left);
      line.right = Math.max(line.right, right);
      line.top = Math.min(line.top, top);
      line.bottom = Math.max(line.bottom, bottom);
    } else found.push({ left, top, right, bottom });
  }
  return found;
}

/**
 * Where a point lies: before a token (-1), in it (0), or after it (1), in the order of reading.
 * @param {Box[]} boxes
 * @param {number} x
 * @param {number} y
 * @param {number} height of a line
 */
function sideOf(boxes, x, y, height) {
  const [first, last] = [boxes[0], boxes.at(-1)];
  if (!first || !last) return 0;
  const leading = (/** @type {Box} */ box) => Math.max((height - (box.bottom - box.top)) / 2, 0);
  if (y < first.top - leading(first)) return -1;
  if (y > last.bottom + leading(last)) return 1;
  if (boxes.length === 1) return x < first.left ? -1 : Number(x > first.right);
  if (y <= first.bottom + leading(first)) return x < first.left ? -1 : 0;
  if (y >= last.top - leading(last)) return Number(x > last.right);
  return 0;
}

/**
 * @param {Box[]} boxes
 * @param {number} x
 * @param {number} y
 */
function distance(boxes, x, y) {
  return Math.min(
    ...boxes.map((box) => {
      const across = Math.max(box.left - x, x - box.right, 0);
      const down = Math.max(box.top - y, y - box.bottom, 0);
      return across + 4 * down;
    }),
    Number.MAX_VALUE,
  );
}
