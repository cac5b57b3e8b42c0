// An edit in words, as the undo and redo buttons name it.

import { counted } from "../format.js";

/** Characters of a quotation. */
const QUOTE_MAX = 32;
const STATUS = { new: "new", suggested: "suggested", "in-work": "in work", done: "done" };

/**
 * @param {Page.Work} work before the edit
 * @param {Page.Edit} edit
 * @returns {string}
 */
export function title(work, edit) {
  switch (edit.kind) {
    case "mark-add":
      return `mark ${quoted(work, edit)} as ${edit.mark.label}`;
    case "mark-remove":
      return `remove ${edit.mark.label} from ${quoted(work, edit)}`;
    case "mark-change":
      return markChange(work, edit);
    case "mark-details":
      return `change what is said of ${quoted(work, edit)}`;
    case "marks-add":
      return `mark ${counted(edit.marks.length, "repeat")}${of(work, edit.marks)}`;
    case "suggestions-accept":
      return `accept ${counted(edit.marks.length, "suggestion")}${of(work, edit.marks)}`;
    case "suggestions-reject":
      return `reject ${counted(edit.marks.length, "suggestion")}${of(work, edit.marks)}`;
    case "adjudicate":
      return `adjudicate “${name(work, edit.note)}”`;
    case "status":
      return `set ${notes(work, edit.notes)} to ${STATUS[edit.status]}`;
    case "comment":
      return `comment on “${name(work, edit.note)}”`;
    case "same-text":
      return sameText(edit);
    case "notes-remove":
      return `remove ${notes(work, edit.notes)}`;
    case "labels-import":
      return `import ${counted(edit.labels.length, "label")}`;
    default:
      return labelEdit(edit);
  }
}

/** @param {Extract<Page.Edit, {kind: "same-text"}>} edit */
function sameText({ texts, how }) {
  const what = counted(texts.length, "note");
  const titles = { merge: `merge ${what} with others`, replace: `replace ${what} by another`, "keep-first": `leave out ${what}` };
  return `${titles[how]} of the same text`;
}

/** @param {Extract<Page.Edit, {kind: "label-create" | "label-change" | "label-rename" | "label-remove" | "label-move"}>} edit */
function labelEdit(edit) {
  switch (edit.kind) {
    case "label-create":
      return `create the label ${edit.label.name}`;
    case "label-change":
      if (edit.to.on !== undefined) return `${edit.to.on ? "train" : "do not train"} on ${edit.name}`;
      return `change the ${edit.to.description !== undefined ? "guidelines" : edit.to.key !== undefined ? "key" : "colour"} of ${edit.name}`;
    case "label-rename":
      return `${edit.merge ? "merge" : "rename"} ${edit.name} ${edit.merge ? "into" : "to"} ${edit.to}`;
    case "label-remove":
      return `remove the label ${edit.name}`;
    case "label-move":
      return `move the label ${edit.name}`;
  }
}

/**
 * @param {Page.Work} work
 * @param {Extract<Page.Edit, {kind: "mark-change"}>} edit
 */
function markChange(work, { note, mark, to }) {
  const text = quoted(work, { note, mark });
  if (mark.start === to.start && mark.end === to.end) return `change ${text} from ${mark.label} to ${to.label}`;
  return `move the borders of ${text} to ${quoted(work, { note, mark: to })}`;
}

/** All with one label and text? Then it is named. @param {Page.Work} work @param {Page.NoteMark[]} marks */
function of(work, marks) {
  const [first] = marks;
  const label = first?.mark.label;
  if (!first || !marks.every(({ mark }) => mark.label === label)) return "";
  return marks.length === 1 ? `: ${quoted(work, first)} as ${label}` : ` as ${label}`;
}

/** @param {Page.Work} work @param {string[]} ids */
function notes(work, ids) {
  return ids.length === 1 ? `“${name(work, ids[0])}”` : counted(ids.length, "note");
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
  return `“${more ? `${line.slice(0, QUOTE_MAX - 1).join("")}…` : line.join("")}”`;
}
