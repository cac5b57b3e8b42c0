// Where the model disagrees with people's marks: likely errors of one of them.

import { sameMark } from "./edit/change.js";

/** Places kept; the surest ones. */
export const DOUBTS_MAX = 2000;
/** So sure the model has to be of a mark that people do not have. */
export const SURE_MIN = 0.8;

/** @type {Page.Doubts} */
export const NO_DOUBTS = { running: false, checked: 0, total: 0, found: [], count: 0, confusion: {}, kept: {} };

/**
 * What differs in a note, and how labels meet. A mark and a suggestion belong together where they overlap, the longest
 * common part first.
 * @param {Pick<Page.Note, "id" | "entities">} note
 * @param {Fedner.Suggestion[]} suggested
 * @returns {{found: Page.Doubt[], confusion: Record<string, number>}}
 */
export function doubtsIn({ id, entities }, suggested) {
  /** @type {Page.Doubt[]} */
  const found = [];
  /** @type {Record<string, number>} */
  const confusion = {};
  for (const [mark, model] of paired(entities, suggested)) {
    const cell = cellOf(mark?.label ?? "", model?.label ?? "");
    confusion[cell] = (confusion[cell] ?? 0) + 1;
    if (mark && model && sameMark(mark, model)) continue;
    if (model && model.confidence < SURE_MIN) continue;
    found.push({ note: id, mark, model });
  }
  return { found, confusion };
}

/**
 * @param {Page.State} state
 * @param {Extract<Page.DoubtAction, {type: "doubts-found"}>} action
 * @returns {Page.State}
 */
export function withDoubts(state, { checked, found, confusion }) {
  const { doubts } = state;
  const all = [...doubts.found, ...found].sort((a, b) => sureness(b) - sureness(a)).slice(0, DOUBTS_MAX);
  const sum = { ...doubts.confusion };
  for (const [cell, count] of Object.entries(confusion)) sum[cell] = (sum[cell] ?? 0) + count;
  return { ...state, doubts: { ...doubts, checked: doubts.checked + checked, found: all, count: doubts.count + found.length, confusion: sum } };
}

/**
 * The places that are still to be settled: the marks are as they were, and nobody has decided.
 * @param {Pick<Page.State, "notes" | "doubts">} state
 * @returns {Page.Doubt[]}
 */
export function openDoubts({ notes, doubts }) {
  if (doubts.found.length === 0) return [];
  const byId = new Map(notes.map((note) => [note.id, note]));
  return doubts.found.filter((doubt) => {
    const note = byId.get(doubt.note);
    const { mark, model } = doubt;
    if (!note || doubtKey(doubt) in doubts.kept) return false;
    if (mark && !note.entities.some((entity) => sameMark(entity, mark))) return false;
    if (!mark && model && note.entities.some((entity) => entity.start < model.end && model.start < entity.end)) return false;
    return !model || !note.rejected.some((entity) => sameMark(entity, model));
  });
}

/**
 * The edit that takes the model's word; null where there is nothing to do.
 * @param {Page.Doubt} doubt
 * @returns {Page.Edit | null}
 */
export function modelsWord({ note, mark, model }) {
  if (mark && model) return { kind: "mark-change", note, mark, to: { start: model.start, end: model.end, label: model.label } };
  if (mark) return { kind: "mark-remove", note, mark };
  return model && { kind: "suggestions-accept", marks: [{ note, mark: model }] };
}

/**
 * The edit that keeps people's word: what the model wants does not come back. Null where the mark alone is in doubt.
 * @param {Page.Doubt} doubt
 * @returns {Page.Edit | null}
 */
export function peoplesWord({ note, model }) {
  return model && { kind: "suggestions-reject", marks: [{ note, mark: model }] };
}

/** @param {Page.Doubt} doubt */
export function doubtKey({ note, mark, model }) {
  const key = (/** @type {Fedner.Entity | null} */ entity) => (entity ? `${entity.start}-${entity.end}-${entity.label}` : "");
  return `${note} ${key(mark)} ${key(model)}`;
}

/** @param {string} row @param {string} column */
export function cellOf(row, column) {
  return `${row}\u0000${column}`;
}

/** Where only people have a mark the model says no more than that it finds none. @param {Page.Doubt} doubt */
function sureness({ model }) {
  return model?.confidence ?? 0;
}

/**
 * @param {Fedner.Entity[]} entities
 * @param {Fedner.Suggestion[]} suggested
 * @returns {[Fedner.Entity | null, Fedner.Suggestion | null][]}
 */
function paired(entities, suggested) {
  const meeting = entities.flatMap((mark) =>
    suggested.flatMap((model) => {
      const common = Math.min(mark.end, model.end) - Math.max(mark.start, model.start);
      const length = Math.max(mark.end, model.end) - Math.min(mark.start, model.start);
      return common > 0 ? [{ mark, model, share: common / length, same: Number(mark.label === model.label) }] : [];
    }),
  );
  meeting.sort((a, b) => b.share - a.share || b.same - a.same);
  const [marks, models] = [new Set(), new Set()];
  /** @type {[Fedner.Entity | null, Fedner.Suggestion | null][]} */
  const pairs = [];
  for (const { mark, model } of meeting) {
    if (marks.has(mark) || models.has(model)) continue;
    marks.add(mark);
    models.add(model);
    pairs.push([mark, model]);
  }
  const alone = entities.filter((mark) => !marks.has(mark)).map((mark) => /** @type {[Fedner.Entity, null]} */ ([mark, null]));
  return [...pairs, ...alone, ...suggested.filter((model) => !models.has(model)).map((model) => /** @type {[null, Fedner.Suggestion]} */ ([null, model]))];
}
