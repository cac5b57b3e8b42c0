// Learning in the background: which notes were finished since the model last learnt, and what came of it.

import { phrase } from "../../shared/phrase.js";
import { replacedAt } from "./changed.js";
import { percent } from "./format.js";

/** Most notes that are remembered. */
const SINCE_MAX = 20_000;

/** @type {Page.Learning} */
export const NOT_LEARNING = { running: false, step: 0, steps: 0, since: [], result: null };

/**
 * Remembers the notes that were finished, or changed after it, since the model last learnt.
 * @param {Page.Learning} learning
 * @param {Page.Note[]} notes
 * @param {Page.Note[]} before
 * @returns {Page.Learning}
 */
export function withFinished(learning, notes, before) {
  if (notes === before) return learning;
  const replaced = replacedAt(notes, before);
  const old = replaced ? null : new Map(before.map((note) => [note.id, note]));
  const since = new Set(learning.since);
  for (const at of replaced ?? notes.keys()) {
    const note = /** @type {Page.Note} */ (notes[at]);
    const earlier = old ? old.get(note.id) : before[at];
    if (!earlier || earlier === note) continue;
    const changed = earlier.entities !== note.entities || earlier.status !== note.status;
    if (note.status !== "done") since.delete(note.id);
    else if (changed) since.add(note.id);
  }
  return same(since, learning.since) ? learning : { ...learning, since: [...since].slice(-SINCE_MAX) };
}

/**
 * The model has learnt from these notes; those finished meanwhile wait for the next time.
 * @param {Page.Learning} learning
 * @param {string[]} notes
 * @param {Page.Said} text
 * @returns {Page.Learning}
 */
export function learnt(learning, notes, text) {
  const known = new Set(notes);
  return { ...learning, since: learning.since.filter((id) => !known.has(id)), result: text };
}

/**
 * @param {Set<string>} now
 * @param {string[]} before
 */
function same(now, before) {
  return now.size === before.length && before.every((id) => now.has(id));
}

/**
 * What the model has learnt, in words.
 * @param {number} notes finished since it learnt the last time
 * @param {number | null} f1_before
 * @param {Fedner.Learned} learnt
 */
export function learntText(notes, f1_before, { scores, sentences }) {
  const what = notes > 0 ? phrase("learnt.notes", { count: notes }) : phrase("learnt.sentences", { count: sentences });
  if (!scores) return phrase("learnt.unscored", { what });
  const f1 = percent(scores.strict.f1);
  return f1_before === null ? phrase("learnt.scored", { what, f1 }) : phrase("learnt.scored-before", { what, before: percent(f1_before), f1 });
}
