// A note before anybody has worked on it, and notes as earlier versions of the page have stored them.

import { namesIn, withLabels } from "../labels.js";

/**
 * @param {Pick<Page.Note, "id" | "file" | "name" | "text" | "entities" | "labelled" | "split">} read
 * @returns {Page.Note}
 */
export function newNote(read) {
  return {
    ...read,
    rejected: [],
    held_out: false,
    order: 0,
    // Labels that came with a file are somebody's finished work.
    status: read.labelled ? "done" : "new",
    comment: "",
    uncertainty: null,
    decisions: null,
  };
}

/**
 * Notes and settings of the first version of the database in the shape of the second.
 * @param {any[]} notes
 * @param {any} settings
 * @returns {{notes: Page.Note[], labels: Page.LabelDefinition[], settings: any}}
 */
export function upgraded(notes, settings) {
  const { labels_off = [], ...others } = settings ?? {};
  const labels = withLabels([], namesIn(notes)).map((label) => ({ ...label, on: !labels_off.includes(label.name) }));
  return { notes: notes.map((note) => ({ ...newNote(note), ...note })), labels, settings: settings && others };
}

/**
 * An edit of the second version of the database in the shape of the third.
 * @param {any} record
 * @returns {Page.EditRecord}
 */
export function withFields(record) {
  const notes = record.change.notes.map((/** @type {any} */ { marks, ...note }) => ({ ...note, fields: marks }));
  return { ...record, change: { ...record.change, notes } };
}
