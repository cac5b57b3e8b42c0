// Edits of notes: marks, suggestions, status, comment.

import { sameDetails } from "../annotate/details.js";
import { withLabels } from "../labels.js";
import { bare, placesOf, sameMark } from "./change.js";

/** Longest comment on a note, in UTF-16 units. */
export const COMMENT_MAX = 10_000;

/** @typedef {import("./change.js").Outcome} Outcome */

/**
 * Adds marks to one or many notes; labels that are not defined yet are. Marks that are there already, or that do not
 * lie in the text, are left out.
 * @param {Page.Work} work
 * @param {Page.NoteMark[]} marks
 * @returns {Outcome}
 */
export function addMarks(work, marks) {
  const wanted = new Map(byNote(marks).map(([id, list]) => [id, list]));
  const used = new Set();
  const notes = changed(work, new Set(wanted.keys()), (note) => {
    let entities = note.entities;
    for (const mark of wanted.get(note.id) ?? []) {
      if (!fits(note, mark) || entities.some((entity) => sameMark(entity, mark))) continue;
      used.add(mark.label);
      entities = inserted(entities, mark);
    }
    return entities === note.entities ? note : { ...worked(note), entities };
  });
  return { notes, labels: withLabels(work.labels, [...used]) };
}

/**
 * Gives a mark other borders or another label, or takes it out. One that would equal another goes into it.
 * @param {Page.Work} work
 * @param {Page.NoteMark} which
 * @param {Fedner.Entity | null} to
 * @returns {Outcome}
 */
export function changeMark(work, { note: id, mark }, to) {
  const notes = changed(work, new Set([id]), (note) => {
    const at = note.entities.findIndex((entity) => sameMark(entity, mark));
    if (at < 0 || (to && (!fits(note, to) || sameMark(mark, to)))) return note;
    const others = note.entities.toSpliced(at, 1);
    const merged = !to || others.some((entity) => sameMark(entity, to));
    // What is said of it stays.
    return { ...worked(note), entities: merged ? others : inserted(others, { ...note.entities[at], ...to }) };
  });
  return { notes, labels: to && notes.length > 0 ? withLabels(work.labels, [to.label]) : work.labels };
}

/**
 * Gives a mark other attributes and another code.
 * @param {Page.Work} work
 * @param {Extract<Page.Edit, {kind: "mark-details"}>} edit
 * @returns {Outcome}
 */
export function setDetails(work, { note: id, mark, code, attributes }) {
  const notes = changed(work, new Set([id]), (note) => {
    const at = note.entities.findIndex((entity) => sameMark(entity, mark));
    const before = note.entities[at];
    if (!before) return note;
    const after = bare({ start: before.start, end: before.end, label: before.label, code, attributes });
    return sameDetails(before, after) ? note : { ...worked(note), entities: note.entities.with(at, after) };
  });
  return { notes };
}

/**
 * Turns suggestions down. That says nothing of the note's other words, so it does not make the note a labelled one.
 * @param {Page.Work} work
 * @param {Page.NoteMark[]} marks
 * @returns {Outcome}
 */
export function reject(work, marks) {
  const wanted = new Map(byNote(marks));
  const notes = changed(work, new Set(wanted.keys()), (note) => {
    const news = (wanted.get(note.id) ?? []).filter((mark) => !note.rejected.some((known) => sameMark(known, mark)));
    if (news.length === 0) return note;
    return { ...worked(note), labelled: note.labelled, rejected: [...note.rejected, ...news.map(bare)] };
  });
  return { notes };
}

/**
 * @param {Page.Work} work
 * @param {Extract<Page.Edit, {kind: "adjudicate"}>} edit
 * @returns {Outcome}
 */
export function adjudicate(work, { note: id, entities, decisions, done }) {
  const notes = changed(work, new Set([id]), (note) => {
    const fitting = entities.filter((entity) => fits(note, entity)).map(bare);
    // The same decision once more is no change.
    const same = JSON.stringify(note.decisions) === JSON.stringify(decisions);
    const status = done ? "done" : "in-work";
    return { ...note, entities: fitting.reduce(insertedOnce, []), labelled: true, status, decisions: same ? note.decisions : decisions };
  });
  return { notes, labels: withLabels(work.labels, entities.map((entity) => entity.label)) };
}

/**
 * A note that is done is labelled, also when it holds no entity at all.
 * @param {Page.Work} work
 * @param {string[]} ids
 * @param {Page.NoteStatus} status
 * @returns {Outcome}
 */
export function setStatus(work, ids, status) {
  const done = status === "done";
  return { notes: changed(work, new Set(ids), (note) => ({ ...note, status, labelled: done || note.labelled })) };
}

/**
 * @param {Page.Work} work
 * @param {string} id
 * @param {string} comment
 * @returns {Outcome}
 */
export function setComment(work, id, comment) {
  return { notes: changed(work, new Set([id]), (note) => ({ ...note, comment: comment.slice(0, COMMENT_MAX) })) };
}

/**
 * @param {Page.Work} work
 * @param {string[]} ids
 * @returns {Outcome}
 */
export function remove(work, ids) {
  const wanted = new Set(ids);
  return { taken_out: work.notes.filter((note) => wanted.has(note.id)) };
}

/**
 * @param {Page.Work} work
 * @param {Set<string>} ids
 * @param {(note: Page.Note) => Page.Note} alter the same object where nothing changes
 */
export function changed(work, ids, alter) {
  return [...placesOf(work.notes, ids).values()].flatMap((at) => {
    const before = /** @type {Page.Note} */ (work.notes[at]);
    const after = alter(before);
    return after === before ? [] : { before, after };
  });
}

/**
 * The entities with one more, in their order in the text; those there keep their places.
 * @param {Fedner.Entity[]} entities
 * @param {Fedner.Entity} mark
 */
function inserted(entities, mark) {
  const later = entities.findIndex((entity) => inText(mark, entity) < 0);
  return entities.toSpliced(later < 0 ? entities.length : later, 0, bare(mark));
}

/**
 * @param {Fedner.Entity[]} entities
 * @param {Fedner.Entity} mark
 */
function insertedOnce(entities, mark) {
  return entities.some((entity) => sameMark(entity, mark)) ? entities : inserted(entities, mark);
}

/**
 * Order in the text; of two that begin together the longer comes first.
 * @param {Fedner.Entity} a
 * @param {Fedner.Entity} b
 */
function inText(a, b) {
  return a.start - b.start || b.end - a.end || (a.label < b.label ? -1 : Number(a.label > b.label));
}

/** @param {Page.Note} note @param {Fedner.Entity} mark */
function fits(note, { start, end, label }) {
  return Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start < end && end <= note.text.length && label !== "";
}

/** Who has marked something has begun to label the note. @param {Page.Note} note @returns {Page.Note} */
function worked(note) {
  return { ...note, labelled: true, status: note.status === "done" ? "done" : "in-work" };
}

/** @param {Page.NoteMark[]} marks @returns {[string, Fedner.Entity[]][]} */
function byNote(marks) {
  /** @type {Map<string, Fedner.Entity[]>} */
  const found = new Map();
  for (const { note, mark } of marks) {
    const list = found.get(note);
    if (list) list.push(mark);
    else found.set(note, [mark]);
  }
  return [...found];
}
