// A text with its entities marked: colour, a line of its own for each, and the label in words.

import { said, text as words } from "../language/language.js";
import { lanes } from "../state/annotate/lanes.js";
import { percent } from "../state/format.js";
import { tint } from "../state/labels.js";
import { segments } from "../state/segments.js";
import { element } from "./dom.js";

/** Longest text that is drawn at once; the rest waits for a press of a button. */
const CHARACTERS_DRAWN_MAX = 50_000;

/**
 * @typedef {import("../state/segments.js").Marked} Marked
 * @typedef {import("../state/segments.js").Segment} Segment
 * @typedef {{start: number, node: Text}} Leaf a piece of the text and the node that holds it
 * @typedef {{labels: Page.LabelDefinition[], untrained?: (mark: Marked) => Page.Said | null}} Look
 */

/**
 * @param {HTMLElement} target
 * @param {string} text
 * @param {Marked[]} entities
 * @param {Page.LabelDefinition[]} labels for the colours
 */
export function drawMarkedText(target, text, entities, labels) {
  const lane = lanes(entities);
  draw(CHARACTERS_DRAWN_MAX);

  /** @param {number} limit */
  function draw(limit) {
    const pieces = segments(text, entities);
    const shown = pieces.filter((piece) => piece.start < limit);
    target.replaceChildren(...drawPieces(shown, lane, { labels }).nodes);
    if (shown.length === pieces.length) return;
    const more = element("button", { type: "button", class: "quiet" }, words("note.show-rest"));
    more.addEventListener("click", () => draw(Number.POSITIVE_INFINITY));
    target.append(more);
  }
}

/**
 * @param {Segment[]} pieces
 * @param {Map<Marked, number>} lane each entity's line
 * @param {Look} look
 */
export function drawPieces(pieces, lane, look) {
  /** @type {Leaf[]} */
  const leaves = [];
  const nodes = pieces.map((piece) => {
    const node = document.createTextNode(piece.text);
    leaves.push({ start: piece.start, node });
    return drawPiece(node, piece, lane, look);
  });
  return { nodes, leaves };
}

/**
 * @param {Text} text
 * @param {Segment} piece
 * @param {Map<Marked, number>} lane
 * @param {Look} look
 * @returns {Node}
 */
function drawPiece(text, piece, lane, look) {
  /** @type {Node} */
  let inner = text;
  const inwards = [...piece.marks].sort((a, b) => (lane.get(a.entity) ?? 0) - (lane.get(b.entity) ?? 0));
  for (const { entity, first, last } of inwards) {
    const mark = element("mark", { class: `entity ${tint(look.labels, entity.label)}` }, inner);
    mark.style.setProperty("--lane", String(lane.get(entity) ?? 0));
    mark.classList.toggle("suggested", entity.suggested ?? false);
    mark.classList.toggle("opens", first);
    mark.classList.toggle("closes", last);
    if (last) mark.append(tag(entity, look));
    inner = mark;
  }
  return inner;
}

/**
 * @param {Marked} entity
 * @param {Look} look
 */
function tag(entity, { untrained }) {
  const sure = entity.confidence === undefined ? "" : ` ${percent(entity.confidence, 0)}`;
  const agrees = sure !== "" && untrained && !entity.suggested ? " ✓" : "";
  const shown = element("span", { class: "tag" }, `${entity.label}${agrees}${sure}`);
  shown.dataset.mark = `${entity.start}-${entity.end}-${entity.label}`;
  if (entity.suggested) shown.prepend(element("span", { class: "visually-hidden" }, words("marks.said-suggested")));
  else shown.prepend(element("span", { class: "visually-hidden" }, words("marks.said-is")));
  const why = untrained?.(entity) ?? null;
  if (why !== null) {
    shown.classList.add("untrained");
    shown.title = said(why);
    shown.append(element("span", { class: "visually-hidden" }, words("marks.said-untrained")));
  }
  return shown;
}
