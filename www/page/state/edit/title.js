// An edit in words, as the undo and redo buttons name it. The words are said when they are shown, in the language in use then.

import { phrase } from "../../../shared/phrase.js";

/** Characters of a quotation. */
const QUOTE_MAX = 32;

/**
 * @param {Page.Work} work before the edit
 * @param {Page.Edit} edit
 * @returns {Page.Phrase}
 */
export function title(work, edit) {
  switch (edit.kind) {
    case "mark-add":
      return phrase("edit.mark-add", { words: quoted(work, edit), label: edit.mark.label });
    case "mark-remove":
      return phrase("edit.mark-remove", { words: quoted(work, edit), label: edit.mark.label });
    case "mark-change":
      return markChange(work, edit);
    case "mark-details":
      return phrase("edit.mark-details", { words: quoted(work, edit) });
    case "marks-add":
      return several(work, edit.marks, "edit.marks-add");
    case "suggestions-accept":
      return several(work, edit.marks, "edit.accept");
    case "suggestions-reject":
      return several(work, edit.marks, "edit.reject");
    case "adjudicate":
      return phrase("edit.adjudicate", { note: name(work, edit.note) });
    case "status":
      return phrase("edit.status", { notes: notes(work, edit.notes), status: phrase(`edit.status.${edit.status}`) });
    case "comment":
      return phrase("edit.comment", { note: name(work, edit.note) });
    case "same-text":
      return phrase(`edit.same-text.${edit.how}`, { count: edit.texts.length });
    case "notes-remove":
      return phrase("edit.notes-remove", { notes: notes(work, edit.notes) });
    case "labels-import":
      return phrase("edit.labels-import", { count: edit.labels.length });
    default:
      return labelEdit(edit);
  }
}

/** @param {Extract<Page.Edit, {kind: "label-create" | "label-change" | "label-rename" | "label-remove" | "label-move"}>} edit */
function labelEdit(edit) {
  switch (edit.kind) {
    case "label-create":
      return phrase("edit.label-create", { label: edit.label.name });
    case "label-change":
      return labelChange(edit);
    case "label-rename":
      return phrase(edit.merge ? "edit.label-merge" : "edit.label-rename", { label: edit.name, to: edit.to });
    case "label-remove":
      return phrase("edit.label-remove", { label: edit.name });
    case "label-move":
      return phrase("edit.label-move", { label: edit.name });
  }
}

/** @param {Extract<Page.Edit, {kind: "label-change"}>} edit */
function labelChange({ name: label, to }) {
  if (to.on !== undefined) return phrase(to.on ? "edit.label-on" : "edit.label-off", { label });
  if (to.description !== undefined) return phrase("edit.label-guidelines", { label });
  return phrase(to.key !== undefined ? "edit.label-key" : "edit.label-colour", { label });
}

/**
 * @param {Page.Work} work
 * @param {Extract<Page.Edit, {kind: "mark-change"}>} edit
 */
function markChange(work, { note, mark, to }) {
  const words = quoted(work, { note, mark });
  if (mark.start === to.start && mark.end === to.end) return phrase("edit.mark-label", { words, before: mark.label, label: to.label });
  return phrase("edit.mark-borders", { words, to: quoted(work, { note, mark: to }) });
}

/**
 * Several marks; those of one label are named by it, and a single one by its words, too.
 * @param {Page.Work} work
 * @param {Page.NoteMark[]} marks
 * @param {"edit.marks-add" | "edit.accept" | "edit.reject"} key
 */
function several(work, marks, key) {
  const [first] = marks;
  const count = marks.length;
  const label = first?.mark.label;
  if (!first || label === undefined || !marks.every(({ mark }) => mark.label === label)) return phrase(key, { count });
  return count === 1 ? phrase(`${key}-one`, { count, words: quoted(work, first), label }) : phrase(`${key}-as`, { count, label });
}

/** @param {Page.Work} work @param {string[]} ids */
function notes(work, ids) {
  return ids.length === 1 ? phrase("edit.quoted", { words: name(work, ids[0]) }) : phrase("edit.notes", { count: ids.length });
}

/** @param {Page.Work} work @param {string | undefined} id */
function name({ notes }, id) {
  return notes.find((note) => note.id === id)?.name ?? "";
}

/** @param {Page.Work} work @param {Page.NoteMark} which */
function quoted({ notes }, { note, mark }) {
  const text = notes.find((candidate) => candidate.id === note)?.text.slice(mark.start, mark.end) ?? "";
  const line = [...text.slice(0, 2 * QUOTE_MAX).replace(/\s+/gu, " ")];
  const more = line.length > QUOTE_MAX || text.length > 2 * QUOTE_MAX;
  return phrase("edit.quoted", { words: more ? `${line.slice(0, QUOTE_MAX - 1).join("")}…` : line.join("") });
}
