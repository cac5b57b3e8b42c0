// Which spans of the open note a flat tagger does not learn from, and why: it gives each token one label at most.

import { sameSpan } from "../edit/change.js";

/**
 * @param {Pick<Page.State, "documents" | "selected" | "examined" | "labels">} state
 * @returns {(span: import("../segments.js").Marked) => string | null} null: it is trained on, or that is not known yet
 */
export function untrained({ documents, selected, examined, labels }) {
  const entities = documents.find((note) => note.id === selected)?.entities ?? [];
  const off = new Set(labels.filter((label) => !label.on).map((label) => label.name));
  const known = examined?.entities === entities ? examined : null;
  return (span) => {
    if (span.suggested) return null;
    if (off.has(span.label)) return "Its label is not ticked for training.";
    const at = known ? entities.findIndex((entity) => sameSpan(entity, span)) : -1;
    return at < 0 || known?.trained[at] !== false ? null : (known.reasons[at] ?? "It overlaps another span.");
  };
}
