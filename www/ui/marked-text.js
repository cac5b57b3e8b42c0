// A text with its entities marked: colour, a line, and the label in words.

import { percent } from "../state/format.js";
import { tint } from "../state/labels.js";
import { segments } from "../state/segments.js";
import { element } from "./dom.js";

/** Longest text that is drawn at once; the rest waits for a press of a button. */
const CHARACTERS_DRAWN_MAX = 50_000;

/**
 * @param {HTMLElement} target
 * @param {string} text
 * @param {import("../state/segments.js").Marked[]} entities
 * @param {Page.LabelDefinition[]} labels for the colours
 * @param {{agreed: boolean}} [options] whether a confidence means that the model agrees with a labelled entity
 */
export function drawMarkedText(target, text, entities, labels, { agreed } = { agreed: false }) {
  draw(CHARACTERS_DRAWN_MAX);

  /** @param {number} limit */
  function draw(limit) {
    const pieces = segments(text, entities);
    const shown = pieces.filter((piece) => piece.start < limit);
    target.replaceChildren(...shown.map((piece) => drawPiece(piece, labels, agreed)));
    if (shown.length === pieces.length) return;
    const more = element("button", { type: "button", class: "quiet" }, "Show the rest of this long note");
    more.addEventListener("click", () => draw(Number.POSITIVE_INFINITY));
    target.append(more);
  }
}

/**
 * @param {import("../state/segments.js").Segment} piece
 * @param {Page.LabelDefinition[]} labels
 * @param {boolean} agreed
 * @returns {Node}
 */
function drawPiece(piece, labels, agreed) {
  /** @type {Node} */
  let inner = document.createTextNode(piece.text);
  const depth = piece.marks.length;
  // The innermost entity is wrapped first, so that longer ones lie around it with their lines further down.
  for (let i = depth - 1; i >= 0; i -= 1) {
    const { entity, first, last } = /** @type {(typeof piece.marks)[number]} */ (piece.marks[i]);
    const level = Math.min(depth - 1 - i, 3);
    const mark = element("mark", { class: `entity ${tint(labels, entity.label)} level-${level}` }, inner);
    mark.classList.toggle("suggested", entity.suggested ?? false);
    mark.classList.toggle("opens", first);
    mark.classList.toggle("closes", last);
    if (last) mark.append(tag(entity, agreed));
    inner = mark;
  }
  return inner;
}

/**
 * @param {import("../state/segments.js").Marked} entity
 * @param {boolean} agreed
 */
function tag(entity, agreed) {
  const tick = agreed && !entity.suggested ? " ✓" : "";
  const sure = entity.confidence === undefined ? "" : `${tick} ${percent(entity.confidence).replace(/\.\d/, "")}`;
  const shown = element("span", { class: "tag" }, `${entity.label}${sure}`);
  if (entity.suggested) shown.prepend(element("span", { class: "visually-hidden" }, "suggested: "));
  return shown;
}
