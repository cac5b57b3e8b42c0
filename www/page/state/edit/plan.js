// The change that an edit makes: the one place that knows what each kind of edit means.

import { changeTo } from "./change.js";
import * as labels from "./labels.js";
import * as notes from "./notes.js";
import { settleSameText } from "./same-text.js";
import { title } from "./title.js";

/**
 * @param {Page.Work} work
 * @param {Page.Edit} edit
 * @returns {{change: Page.Change, title: Page.Said, note: string | null} | null} null: it changes nothing
 */
export function plan(work, edit) {
  const wanted = outcome(work, edit);
  const change = wanted && changeTo(work, wanted);
  return change && { change, title: title(work, edit), note: change.notes[0]?.id ?? null };
}

/**
 * @param {Page.Work} work
 * @param {Page.Edit} edit
 * @returns {import("./change.js").Outcome | null}
 */
function outcome(work, edit) {
  switch (edit.kind) {
    case "mark-add":
      return notes.addMarks(work, [edit]);
    case "marks-add":
    case "suggestions-accept":
      return notes.addMarks(work, edit.marks);
    case "mark-remove":
      return notes.changeMark(work, edit, null);
    case "mark-change":
      return notes.changeMark(work, edit, edit.to);
    case "mark-details":
      return notes.setDetails(work, edit);
    case "suggestions-reject":
      return notes.reject(work, edit.marks);
    case "adjudicate":
      return notes.adjudicate(work, edit);
    case "status":
      return notes.setStatus(work, edit.notes, edit.status);
    case "comment":
      return notes.setComment(work, edit.note, edit.comment);
    case "same-text":
      return settleSameText(work, edit);
    case "notes-remove":
      return notes.remove(work, edit.notes);
    case "label-create":
      return labels.create(work, edit.label);
    case "label-change":
      return labels.change(work, edit.name, edit.to);
    case "label-rename":
      return labels.rename(work, edit.name, edit.to, edit.merge);
    case "label-remove":
      return labels.remove(work, edit.name, edit.marks_to);
    case "label-move":
      return labels.move(work, edit.name, edit.to);
    case "labels-import":
      return labels.take(work, edit.labels);
  }
}
