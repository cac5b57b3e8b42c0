import assert from "node:assert/strict";
import { test } from "node:test";
import { said } from "../page/language/language.js";
import { newNote } from "../page/state/edit/note.js";
import { learnt, learntText, NOT_LEARNING, withFinished } from "../page/state/learning.js";
import { reduce } from "../page/state/reduce.js";
import { initialState } from "../page/state/state.js";

const note = (id) => newNote({ id, file: "f", name: id, text: "aspirin helps", entities: [], labelled: false, split: "auto" });
const mark = { start: 0, end: 7, label: "DRUG" };
const play = (state, ...edits) => edits.reduce((now, edit) => reduce(now, edit.type ? edit : { type: "edit", edit }), state);
const status = (id, to) => ({ kind: "status", notes: [id], status: to });
const start = () => ({ ...initialState("main"), notes: [note("a"), note("b"), note("c")] });

test("notes that are finished, or changed after it, wait to be learnt from; others do not", () => {
  const finished = play(start(), status("a", "done"), { kind: "mark-add", note: "b", mark });
  assert.deepEqual(finished.learning.since, ["a"]);
  assert.deepEqual(play(finished, { type: "undo" }, { type: "undo" }).learning.since, []);
  const learned = { ...finished, learning: learnt(finished.learning, ["a"], "x") };
  assert.deepEqual(learned.learning.since, []);
  assert.deepEqual(play(learned, { kind: "mark-add", note: "a", mark }).learning.since, ["a"]);
  assert.deepEqual(play(learned, { kind: "comment", note: "a", comment: "hm" }).learning.since, [], "a comment teaches nothing");
});

test("what is finished while the model learns waits for the next time", () => {
  const before = withFinished(NOT_LEARNING, [{ ...note("a"), status: "done" }], [note("a")]);
  assert.deepEqual(learnt({ ...before, since: ["a", "b"] }, ["a"], "better"), { ...before, since: ["b"], result: "better" });
});

test("what was learnt is shown with the score before and after", () => {
  const prf = { precision: 0.6, recall: 0.6, f1: 0.6 };
  const scores = { strict: prf, lenient: prf, by_label: [], sentences: 3 };
  assert.equal(said(learntText(12, 0.5, { scores, sentences: 40 })), "Learnt from 12 notes: F1 50.0 % → 60.0 %.");
  assert.equal(said(learntText(1, null, { scores, sentences: 40 })), "Learnt from 1 note: F1 60.0 %.");
  assert.equal(said(learntText(0, null, { scores: null, sentences: 40 })), "Learnt from 40 sentences. No note is held out, so it could not be scored.");
});
