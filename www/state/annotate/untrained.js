// Which spans of the open note a flat tagger does not learn from, and why: it gives each token one label at most.

import { openNote } from "../open-note.js";

/**
 * @param {Pick<Page.State, "documents" | "selected" | "examined" | "labels">} state
 * @returns {(span: import("../segments.js").Marked) => string | null} null: it is trained on, or that is not known yet
 */
export function untrained({ documents, selected, examined, labels }) {
  const entities = openNote({ documents, selected })?.entities ?? [];
  const off = new Set(labels.filter((label) => !label.on).map((label) => label.name));
  /** @type {Map<string, string>} */
  const reasons = new Map();
  const known = examined?.entities === entities ? examined : null;
  entities.forEach((entity, i) => {
    if (known?.trained[i] === false) reasons.set(keyOf(entity), known.reasons[i] ?? "It overlaps another span.");
  });
  return (span) => {
    if (span.suggested) return null;
    if (off.has(span.label)) return "Its label is not ticked for training.";
    return reasons.size === 0 ? null : (reasons.get(keyOf(span)) ?? null);
  };
}

/** @param {Fedner.Entity} span */
function keyOf({ start, end, label }) {
  return `${start}-${end}-${label}`;
}
