// The edits that can be undone, within bounds. The oldest are dropped; the newest one is always kept.

import { applied, inverse } from "./change.js";
import { plan } from "./plan.js";

/** Steps that can be undone. */
export const EDITS_MAX = 2000;
/** Their size in the browser's database, all together. */
export const EDITS_BYTES_MAX = 32 * 1024 * 1024;

/** @type {Page.EditHistory} */
export const EMPTY_HISTORY = { records: [], done: 0 };

/** @typedef {Page.Work & {edits: Page.EditHistory}} Edited */

/**
 * The work with the edit done and remembered; null when it changes nothing. What was undone before can't be done
 * again from then on.
 * @param {Edited} state
 * @param {Page.Edit} edit
 * @returns {{state: Edited, record: Page.EditRecord} | null}
 */
export function edited(state, edit) {
  const planned = plan(state, edit);
  const work = planned && applied(state, planned.change);
  if (!work) return null;
  const { records, done } = state.edits;
  const kept = records.slice(0, done);
  const bytes = 2 * JSON.stringify(planned.change).length;
  const record = { id: (kept.at(-1)?.id ?? 0) + 1, ...planned, bytes };
  return { state: { ...work, edits: bounded([...kept, record]) }, record };
}

/**
 * @param {Edited} state
 * @returns {{state: Edited, record: Page.EditRecord} | null} null: there is nothing to undo
 */
export function undone(state) {
  const { records, done } = state.edits;
  const record = records[done - 1];
  const work = record && applied(state, inverse(record.change));
  return work ? { state: { ...work, edits: { records, done: done - 1 } }, record } : null;
}

/**
 * @param {Edited} state
 * @returns {{state: Edited, record: Page.EditRecord} | null} null: there is nothing to do again
 */
export function redone(state) {
  const { records, done } = state.edits;
  const record = records[done];
  const work = record && applied(state, record.change);
  return work ? { state: { ...work, edits: { records, done: done + 1 } }, record } : null;
}

/**
 * What the next undo and the next redo are about.
 * @param {Page.EditHistory} edits
 */
export function titles({ records, done }) {
  return { undo: records[done - 1]?.title ?? null, redo: records[done]?.title ?? null };
}

/**
 * @param {Page.EditRecord[]} records
 * @returns {Page.EditHistory}
 */
function bounded(records) {
  let bytes = records.reduce((sum, record) => sum + record.bytes, 0);
  let first = 0;
  while (first < records.length - 1 && (records.length - first > EDITS_MAX || bytes > EDITS_BYTES_MAX)) {
    bytes -= /** @type {Page.EditRecord} */ (records[first]).bytes;
    first += 1;
  }
  return { records: records.slice(first), done: records.length - first };
}
