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
    case "span-add":
      return `mark ${quoted(work, edit)} as ${edit.span.label}`;
    case "span-remove":
      return `remove ${edit.span.label} from ${quoted(work, edit)}`;
    case "span-change":
      return spanChange(work, edit);
    case "spans-add":
      return `mark ${counted(edit.spans.length, "repeat")}${of(work, edit.spans)}`;
    case "suggestions-accept":
      return `accept ${counted(edit.spans.length, "suggestion")}${of(work, edit.spans)}`;
    case "suggestions-reject":
      return `reject ${counted(edit.spans.length, "suggestion")}${of(work, edit.spans)}`;
    case "adjudicate":
      return `adjudicate “${name(work, edit.note)}”`;
    case "status":
      return `set ${notes(work, edit.notes)} to ${STATUS[edit.status]}`;
    case "comment":
      return `comment on “${name(work, edit.note)}”`;
    case "notes-remove":
      return `remove ${notes(work, edit.notes)}`;
    case "labels-import":
      return `import ${counted(edit.labels.length, "label")}`;
    default:
      return labelEdit(edit);
  }
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
 * @param {Extract<Page.Edit, {kind: "span-change"}>} edit
 */
function spanChange(work, { note, span, to }) {
  const text = quoted(work, { note, span });
  if (span.start === to.start && span.end === to.end) return `change ${text} from ${span.label} to ${to.label}`;
  return `move the borders of ${text} to ${quoted(work, { note, span: to })}`;
}

/** All with one label and text? Then it is named. @param {Page.Work} work @param {Page.NoteSpan[]} spans */
function of(work, spans) {
  const [first] = spans;
  const label = first?.span.label;
  if (!first || !spans.every(({ span }) => span.label === label)) return "";
  return spans.length === 1 ? `: ${quoted(work, first)} as ${label}` : ` as ${label}`;
}

/** @param {Page.Work} work @param {string[]} ids */
function notes(work, ids) {
  return ids.length === 1 ? `“${name(work, ids[0])}”` : counted(ids.length, "note");
}

/** @param {Page.Work} work @param {string | undefined} id */
function name({ notes }, id) {
  return notes.find((note) => note.id === id)?.name ?? "";
}

/** @param {Page.Work} work @param {Page.NoteSpan} which */
function quoted({ notes }, { note, span }) {
  const text = notes.find((candidate) => candidate.id === note)?.text.slice(span.start, span.end) ?? "";
  const line = [...text.slice(0, 2 * QUOTE_MAX).replace(/\s+/gu, " ")];
  const more = line.length > QUOTE_MAX || text.length > 2 * QUOTE_MAX;
  return `“${more ? `${line.slice(0, QUOTE_MAX - 1).join("")}…` : line.join("")}”`;
}
