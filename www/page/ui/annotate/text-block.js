// A block of the open note's text. At first it holds its bare words, which the browser can find, copy and read aloud
// but does not lay out; its marks are drawn once it comes near what is seen, and then only what changes.

import { language, said } from "../../language/language.js";
import { segments } from "../../state/segments.js";
import { element } from "../dom.js";
import { drawPieces } from "../marked-text.js";

/** Height of a line, to guess a block's height before it is laid out. */
const LINE_HEIGHT_REM = 2.25;

/**
 * @typedef {import("../../state/segments.js").Marked} Marked
 * @typedef {{lane: Map<Marked, number>, tints: Map<string, string>, labels: Page.LabelDefinition[], untrained: (mark: Marked) => Page.Said | null}} Look
 */

export class TextBlock {
  #text;
  #part;
  /** Everything that shows of the marks, as it was drawn last; null: not drawn yet. @type {unknown[] | null} */
  #shown = null;
  /** @type {Node[]} */
  #nodes;
  /** What each node shows. @type {string[]} */
  #keys;
  #lanes = 1;

  /**
   * @param {string} text the whole note's
   * @param {import("../../state/annotate/chunks.js").Chunk} part of it that is this block
   * @param {number} line_characters of a line, about
   */
  constructor(text, part, line_characters) {
    this.#text = text;
    this.#part = part;
    const words = text.slice(part.start, part.end);
    /** Lines it will take, about. */
    this.lines = words.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / line_characters)), 0);
    const node = document.createTextNode(words);
    this.#nodes = [node];
    this.#keys = [keyOf({ ...part, text: words, marks: [] }, null)];
    /** The pieces of its text, in order, and the nodes that hold them. @type {import("../marked-text.js").Leaf[]} */
    this.leaves = [{ start: part.start, node }];
    this.element = element("div", { class: "chunk" }, node);
    this.element.style.setProperty("contain-intrinsic-block-size", `auto ${this.lines * LINE_HEIGHT_REM}rem`);
  }

  /** Whether its marks are drawn. */
  get drawn() {
    return this.#shown !== null;
  }

  /**
   * @param {Marked[]} marks those that lie, at least in part, in it
   * @param {Look} look
   */
  draw(marks, look) {
    const shown = marks.flatMap((mark) => looks(mark, look));
    if (this.#shown?.length === shown.length && shown.every((value, i) => value === this.#shown?.[i])) return;
    this.#shown = shown;
    const pieces = segments(this.#text, marks, this.#part);
    const keys = pieces.map((piece) => keyOf(piece, look));
    const { head, tail } = common(keys, this.#keys);
    const { nodes, leaves } = drawPieces(pieces.slice(head, pieces.length - tail), look.lane, look);
    const gone = this.#nodes.length - tail - head;
    const next = this.#nodes[this.#nodes.length - tail] ?? null;
    for (const node of this.#nodes.splice(head, gone, ...nodes)) node.parentNode?.removeChild(node);
    for (const node of nodes) this.element.insertBefore(node, next);
    this.leaves.splice(head, gone, ...leaves);
    this.#keys = keys;
    const most = marks.reduce((sum, mark) => Math.max(sum, (look.lane.get(mark) ?? 0) + 1), 1);
    if (most !== this.#lanes) this.element.style.setProperty("--lanes", String(most));
    this.#lanes = most;
  }
}

/**
 * Everything that shows of a mark.
 * @param {Marked} mark
 * @param {Look} look
 */
function looks(mark, { lane, tints, untrained }) {
  const { start, end, label, confidence, suggested } = mark;
  return [start, end, label, confidence, suggested, lane.get(mark), tints.get(label), said(untrained(mark) ?? ""), language()];
}

/**
 * @param {import("../../state/segments.js").Segment} piece
 * @param {Look | null} look null: it has no marks
 */
function keyOf({ start, end, marks }, look) {
  const drawn = look && marks.map(({ entity, first, last }) => [first, last, ...looks(entity, look)].join("\t"));
  return [start, end, ...(drawn ?? [])].join("\n");
}

/**
 * How many entries at the beginning and at the end of two lists are the same.
 * @param {string[]} now
 * @param {string[]} before
 */
function common(now, before) {
  const shorter = Math.min(now.length, before.length);
  let head = 0;
  while (head < shorter && now[head] === before[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && now[now.length - 1 - tail] === before[before.length - 1 - tail]) tail += 1;
  return { head, tail };
}
