// Two notes of the same text become one.

import { marksIn, mergedMarks } from "../same-text.js";

/**
 * The note that was there stays, with the marks that were chosen; the other one goes.
 * @param {Page.Work} work
 * @param {Extract<Page.Edit, {kind: "same-text"}>} edit
 * @returns {import("./change.js").Outcome}
 */
export function settleSameText({ notes }, { texts, how }) {
  const byId = new Map(notes.map((note) => [note.id, note]));
  /** @type {Map<string, {before: Page.Note, after: Page.Note}>} */
  const changed = new Map();
  const taken_out = [];
  for (const { before: id, added: addedId } of texts) {
    const before = byId.get(id);
    const added = byId.get(addedId);
    if (!before || !added) continue;
    taken_out.push(added);
    // Several may be settled with the same note.
    const so_far = changed.get(id)?.after ?? before;
    changed.set(id, { before, after: settled(so_far, added, how) });
  }
  return { notes: [...changed.values()], taken_out };
}

/**
 * @param {Page.Note} before
 * @param {Page.Note} added
 * @param {Page.SameTextChoice} how
 * @returns {Page.Note}
 */
function settled(before, added, how) {
  switch (how) {
    case "merge":
      return { ...before, entities: mergedMarks(before, added), ...(before.labelled ? {} : state(added)) };
    case "replace":
      return { ...before, entities: marksIn(before, added), ...state(added) };
    case "keep-first":
      return before;
  }
}

/** @param {Page.Note} note */
function state({ labelled, status }) {
  return { labelled, status };
}
