// A change of notes and labels that can be applied and inverted. What it removes must be there, so a
// change that no longer fits is refused as a whole and nothing is damaged.

import { detailsOf, sameDetails } from "../annotate/details.js";
import { settleHeldOut } from "../held-out.js";

/**
 * The work with the change in it, or null when the change does not fit the work.
 * @param {Page.Work} work
 * @param {Page.Change} change
 * @returns {Page.Work | null}
 */
export function applied(work, change) {
  const labels = change.labels ? spliced(work.labels, change.labels, sameLabel) : work.labels;
  if (!labels || new Set(labels.map((label) => label.name)).size < labels.length) return null;
  const notes = changedNotes(work.notes, change);
  return notes && { notes, labels };
}

/**
 * The change that reverts this one.
 * @param {Page.Change} change
 * @returns {Page.Change}
 */
export function inverse({ notes, labels, taken_out, put_back }) {
  return {
    notes: notes.map(({ id, entities, rejected, fields }) => ({
      id,
      entities: entities && turned(entities),
      rejected: rejected && turned(rejected),
      fields: fields && { before: fields.after, after: fields.before },
    })),
    labels: labels && turned(labels),
    taken_out: put_back,
    put_back: taken_out,
  };
}

/** @typedef {{notes?: {before: Page.Note, after: Page.Note}[], labels?: Page.LabelDefinition[], taken_out?: Page.Note[]}} Outcome */

/**
 * What makes the new work out of the old one; null when both are the same.
 * @param {Page.Work} work
 * @param {Outcome} wanted
 * @returns {Page.Change | null}
 */
export function changeTo(work, { notes = [], labels = work.labels, taken_out = [] }) {
  const changed = notes.flatMap(({ before, after }) => noteChange(before, after) ?? []);
  const relabelled = splice(work.labels, labels, sameLabel);
  if (changed.length === 0 && !relabelled && taken_out.length === 0) return null;
  return { notes: changed, labels: relabelled, taken_out, put_back: [] };
}

/**
 * @param {Fedner.Entity} a
 * @param {Fedner.Entity} b
 */
export function sameMark(a, b) {
  return a.start === b.start && a.end === b.end && a.label === b.label;
}

/** A mark as it is stored: a suggestion's confidence is no part of that. @param {Page.Mark} mark @returns {Page.Mark} */
export function bare({ start, end, label, code, attributes }) {
  return { start, end, label, ...detailsOf({ code, attributes }) };
}

/** @param {Page.Mark} a @param {Page.Mark} b */
function equalMark(a, b) {
  return sameMark(a, b) && sameDetails(a, b);
}

/**
 * @param {Page.LabelDefinition} a
 * @param {Page.LabelDefinition} b
 */
function sameLabel(a, b) {
  return a.name === b.name && a.colour === b.colour && a.key === b.key && a.description === b.description && a.on === b.on;
}

/**
 * @param {Page.Note[]} all
 * @param {Page.Change} change
 * @returns {Page.Note[] | null}
 */
function changedNotes(all, { notes, taken_out, put_back }) {
  if (taken_out.length + put_back.length === 0) return notesReplaced(all, notes);
  const wanted = new Map(notes.map((note) => [note.id, note]));
  const leaving = new Set(taken_out.map((note) => note.id));
  /** @type {Page.Note[]} */
  const kept = [];
  let resettle = put_back.length > 0 || leaving.size > 0;
  let found = 0;
  for (const note of all) {
    const change = wanted.get(note.id);
    if (leaving.has(note.id)) found += 1;
    else if (!change) kept.push(note);
    else {
      const after = changedNote(note, change);
      if (!after) return null;
      found += 1;
      resettle ||= after.labelled !== note.labelled;
      kept.push(after);
    }
  }
  if (found < wanted.size + leaving.size) return null;
  if (put_back.length > 0) {
    const known = new Set(kept.map((note) => note.id));
    if (put_back.some((note) => known.has(note.id))) return null;
    kept.push(...put_back);
    kept.sort((a, b) => a.order - b.order);
  }
  return resettle ? settleHeldOut(kept) : kept;
}

/**
 * Usually one of thousands changes: the others are not looked at.
 * @param {Page.Note[]} all
 * @param {Page.NoteChange[]} changes
 * @returns {Page.Note[] | null}
 */
function notesReplaced(all, changes) {
  if (changes.length === 0) return all;
  const replaced = [...all];
  const places = placesOf(all, new Set(changes.map(({ id }) => id)));
  let resettle = false;
  for (const change of changes) {
    const at = places.get(change.id);
    const note = at === undefined ? undefined : all[at];
    const after = note && changedNote(note, change);
    if (at === undefined || !after) return null;
    replaced[at] = after;
    resettle ||= after.labelled !== note.labelled;
  }
  return resettle ? settleHeldOut(replaced) : replaced;
}

/**
 * Where the notes with these ids are.
 * @param {Page.Note[]} all
 * @param {ReadonlySet<string>} ids
 * @returns {Map<string, number>} those that are there, in the order of the notes
 */
export function placesOf(all, ids) {
  /** @type {Map<string, number>} */
  const places = new Map();
  const [only] = ids;
  for (let at = 0; at < all.length && places.size < ids.size; at += 1) {
    const { id } = /** @type {Page.Note} */ (all[at]);
    if (ids.size === 1 ? id === only : ids.has(id)) places.set(id, at);
  }
  return places;
}

/**
 * @param {Page.Note} note
 * @param {Page.NoteChange} change
 * @returns {Page.Note | null}
 */
function changedNote(note, { entities: entityChange, rejected: rejectedChange, fields }) {
  const entities = entityChange ? spliced(note.entities, entityChange, sameMark) : note.entities;
  const rejected = rejectedChange ? spliced(note.rejected, rejectedChange, sameMark) : note.rejected;
  return entities && rejected && { ...note, entities, rejected, ...fields?.after };
}

/**
 * @param {Page.Note} before
 * @param {Page.Note} after
 * @returns {Page.NoteChange | null}
 */
function noteChange(before, after) {
  const entities = splice(before.entities, after.entities, equalMark);
  const rejected = splice(before.rejected, after.rejected, sameMark);
  const names = /** @type {const} */ (["labelled", "status", "comment", "decisions"]).filter((name) => before[name] !== after[name]);
  if (!entities && !rejected && names.length === 0) return null;
  /** @param {Page.Note} note @returns {Partial<Page.NoteFields>} */
  const only = (note) => Object.fromEntries(names.map((name) => [name, note[name]]));
  const fields = names.length > 0 ? { before: only(before), after: only(after) } : null;
  return { id: before.id, entities, rejected, fields };
}

/**
 * @template T
 * @param {Page.Splice<T>} splice
 * @returns {Page.Splice<T>}
 */
function turned({ at, removed, added }) {
  return { at, removed: added, added: removed };
}

/**
 * @template T
 * @param {T[]} list
 * @param {Page.Splice<T>} splice
 * @param {(a: T, b: T) => boolean} same
 * @returns {T[] | null}
 */
function spliced(list, { at, removed, added }, same) {
  const there = list.slice(at, at + removed.length);
  if (at > list.length || there.length < removed.length) return null;
  if (!there.every((entry, i) => same(entry, /** @type {T} */ (removed[i])))) return null;
  return [...list.slice(0, at), ...added, ...list.slice(at + removed.length)];
}

/**
 * What differs between two lists, as one splice.
 * @template T
 * @param {T[]} before
 * @param {T[]} after
 * @param {(a: T, b: T) => boolean} same
 * @returns {Page.Splice<T> | null}
 */
function splice(before, after, same) {
  if (before === after) return null;
  const shorter = Math.min(before.length, after.length);
  /** @param {number} i @param {number} j */
  const equal = (i, j) => same(/** @type {T} */ (before[i]), /** @type {T} */ (after[j]));
  let at = 0;
  while (at < shorter && equal(at, at)) at += 1;
  let tail = 0;
  while (tail < shorter - at && equal(before.length - 1 - tail, after.length - 1 - tail)) tail += 1;
  const removed = before.slice(at, before.length - tail);
  const added = after.slice(at, after.length - tail);
  return removed.length + added.length === 0 ? null : { at, removed, added };
}
