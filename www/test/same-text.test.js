import assert from "node:assert/strict";
import { test } from "node:test";
import { said } from "../page/language/language.js";
import { edited } from "../page/state/edit/history.js";
import { newNote } from "../page/state/edit/note.js";
import { changedTexts, sameTexts } from "../page/state/same-text.js";

const mark = (start, end, label) => ({ start, end, label });
const note = (id, text, entities, labelled = true) => ({ ...newNote({ id, file: "f", name: id, text, entities, labelled, split: "auto" }), order: 0 });
const state = (notes) => ({ notes, labels: [], edits: { records: [], done: 0 } });

const before = note("before", "Aspirin helped.", [mark(0, 7, "DRUG")]);
const corrected = note("corrected", " Aspirin helped.\n", [mark(1, 8, "DRUG"), mark(9, 15, "OUTCOME")]);
const settle = (how) => edited(state([before, corrected]), { kind: "same-text", texts: [{ before: "before", added: "corrected" }], how })?.state.notes;

test("a note of the same text and other marks is found, a copy is not", () => {
  const copy = note("copy", "Aspirin helped.", [mark(0, 7, "DRUG")]);
  const unread = note("unread", "Aspirin helped.", [mark(0, 7, "DRUG")], false);
  const notes = [before, corrected, copy, unread];
  const added = new Set(["corrected", "copy", "unread"]);
  assert.deepEqual(sameTexts(notes, added).map((same) => same.added), ["corrected", "unread"]);
  assert.deepEqual(sameTexts(notes, new Set()), [], "nothing was added");
});

test("both notes become one with the marks of both, of the new or of the old", () => {
  const outcome = mark(8, 14, "OUTCOME");
  assert.deepEqual(settle("merge")?.map(({ id, entities }) => [id, entities]), [["before", [mark(0, 7, "DRUG"), outcome]]]);
  assert.deepEqual(settle("replace")?.map(({ id, entities }) => [id, entities]), [["before", [mark(0, 7, "DRUG"), outcome]]]);
  assert.deepEqual(settle("keep-first")?.map(({ id, entities }) => [id, entities]), [["before", before.entities]]);
});

test("what a new note says replaces what an old one said, and that can be undone", () => {
  const emptied = note("emptied", "Aspirin helped.", []);
  const result = edited(state([before, emptied]), { kind: "same-text", texts: [{ before: "before", added: "emptied" }], how: "replace" });
  assert.deepEqual(result?.state.notes.map(({ id, entities }) => [id, entities]), [["before", []]]);
  assert.equal(result && said(result.record.title), "replace 1 note by another of the same text");
});

test("a corrected text under the same name is found, and another note of that name is not", () => {
  const named = (id, name, text) => ({ ...newNote({ id, file: "f", name, text, entities: [], labelled: true, split: "auto" }) });
  const old = [named("a", "n1", "Took aspirin for pain yesterday."), named("b", "n2", "No complaints at all."), named("c", "n3", "Same text.")];
  const news = [named("x", "n1", "Took Aspirin for the pain yesterday"), named("y", "n2", "Fever since Monday."), named("z", "n3", "Same text.")];
  assert.deepEqual(changedTexts([...old, ...news], new Set(["x", "y", "z"])), [{ before: "a", added: "x" }]);
  assert.deepEqual(changedTexts([...old, ...news], new Set()), []);
});
