// Which marks of the open note a flat tagger does not learn from, and why: it gives each token one label at most.

import { phrase } from "../../../shared/phrase.js";
import { openNote } from "../open-note.js";

/** @typedef {(mark: import("../segments.js").Marked) => Page.Said | null} Why null: it is trained on, or that is not known yet */

/** The same objects each time, so that what shows them is not drawn again. */
const OVERLAPS = phrase("marks.overlaps");
const LABEL_OFF = phrase("marks.label-off");

/** The last answer and its input: several parts of the page ask after every change. */
let last = { of: /** @type {unknown[]} */ ([]), why: /** @type {Why} */ (() => null) };

/**
 * Until the engine has looked at the note as it is now, its word on the note as it was stands for the marks it knew.
 * @param {Pick<Page.State, "notes" | "selected" | "examined" | "labels">} state
 * @returns {Why}
 */
export function untrained({ notes, selected, examined, labels }) {
  const text = openNote({ notes, selected })?.text;
  const known = text !== undefined && examined?.text === text ? examined : null;
  const of = [known, labels];
  if (of.some((value, i) => value !== last.of[i])) last = { of, why: whyNot(known, labels) };
  return last.why;
}

/**
 * @param {Page.Examination | null} known
 * @param {Page.LabelDefinition[]} labels
 * @returns {Why}
 */
function whyNot(known, labels) {
  const off = new Set(labels.filter((label) => !label.on).map((label) => label.name));
  /** By the marks themselves, which edits leave as they are, and by what they say. @type {Map<Fedner.Entity | string, Page.Said | null>} */
  const reasons = new Map();
  known?.entities.forEach((entity, i) => {
    const reason = known.trained[i] === false ? (known.reasons[i] ?? OVERLAPS) : null;
    reasons.set(entity, reason);
    if (reason !== null) reasons.set(keyOf(entity), reason);
  });
  return (mark) => {
    if (mark.suggested) return null;
    if (off.has(mark.label)) return LABEL_OFF;
    const own = reasons.get(mark);
    return own !== undefined ? own : (reasons.get(keyOf(mark)) ?? null);
  };
}

/** @param {Fedner.Entity} mark */
function keyOf({ start, end, label }) {
  return `${start}-${end}-${label}`;
}
