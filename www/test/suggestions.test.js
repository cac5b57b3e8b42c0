import assert from "node:assert/strict";
import { test } from "node:test";
import { newNote } from "../page/state/edit/note.js";
import { reduce } from "../page/state/reduce.js";
import { initialState } from "../page/state/state.js";
import { nextToAssess, openSuggestions, shownSuggestions, SLICE_NOTES_MAX, surerThan } from "../page/state/suggestions.js";

const note = (id, more = {}) => ({ ...newNote({ id, file: "f", name: id, text: "aspirin helps", entities: [], labelled: false, split: "auto" }), ...more });
const sure = (start, end, confidence = 0.9, label = "DRUG") => ({ start, end, label, confidence });
const state = (notes, more = {}) => ({ ...initialState("main"), notes, engine: "up", has_model: true, suggest: true, ...more });
const ids = (notes) => notes.map((n) => n.id).join("");

test("what is marked, turned down or lies across somebody's mark is no longer open", () => {
  const one = note("a", { entities: [{ start: 0, end: 7, label: "DRUG" }], rejected: [{ start: 8, end: 13, label: "DRUG" }] });
  assert.deepEqual(openSuggestions(one, [sure(0, 7), sure(0, 3), sure(8, 13)]), []);
  assert.equal(openSuggestions(one, [sure(7, 13)]).length, 1);
  assert.equal(openSuggestions(one, [sure(8, 13, 0.9, "OTHER")]).length, 1, "another label was not turned down");
});

test("in blind mode nothing is shown before the note is done", () => {
  const suggestions = { a: { turn: 0, entities: [sure(0, 7)] } };
  const blind = { settings: { ...initialState("main").settings, blind: true }, suggestions };
  assert.equal(shownSuggestions(state([], blind), note("a")), null);
  assert.equal(shownSuggestions(state([], blind), note("a", { status: "done" }))?.length, 1);
  assert.equal(shownSuggestions(state([], { suggestions }), note("a"))?.length, 1);
  assert.equal(shownSuggestions(state([], { suggestions, suggest: false }), note("a")), null);
});

test("the model is asked about the open note first, then about those that follow it, and not about what is done", () => {
  const notes = [note("a"), note("b"), note("c", { status: "done" }), note("d")];
  assert.equal(ids(nextToAssess(state(notes, { selected: "b" }), notes)), "b");
  const asked = state(notes, { selected: "b", suggestions: { b: { turn: 0, entities: [] } } });
  assert.equal(ids(nextToAssess(asked, notes)), "da");
  assert.equal(ids(nextToAssess({ ...asked, model_turn: 1 }, notes)), "b", "a newer model is asked again");
  const training = { ...asked, run: { ...asked.run, kind: "training" } };
  assert.equal(ids(nextToAssess(training, notes)), "", "a model in training is another one in a moment");
  assert.equal(ids(nextToAssess({ ...asked, settings: { ...asked.settings, assess: false } }, notes)), "");
});

test("a slice is bounded by notes and by characters, and one long note goes alone", () => {
  const many = Array.from({ length: 200 }, (_, i) => note(`n${i}`));
  assert.equal(nextToAssess(state(many), many).length, SLICE_NOTES_MAX);
  const long = note("long", { text: "x".repeat(100_000) });
  assert.equal(ids(nextToAssess(state([long, ...many]), [long, ...many])), "long");
  assert.equal(ids(nextToAssess(state([many[0], long]), [many[0], long])), "n0");
});

test("what the model says changes the status of untouched notes only, and is no step to undo", () => {
  const notes = [note("a"), note("b", { status: "in-work" }), note("c", { status: "suggested" })];
  const assessments = ["a", "b", "c"].map((id) => ({ id, entities: id === "c" ? [] : [sure(0, 7)], uncertainty: 0.3, tokens: 2 }));
  const after = reduce(state(notes), { type: "assessed", turn: 4, assessments });
  assert.deepEqual(after.notes.map((n) => n.status), ["suggested", "in-work", "new"]);
  assert.deepEqual(after.notes.map((n) => n.uncertainty), [0.3, 0.3, 0.3]);
  assert.equal(after.suggestions.a.turn, 4);
  assert.equal(after.edits.records.length, 0);
  const again = reduce(after, { type: "assessed", turn: 5, assessments });
  assert.ok(again.notes.every((n, i) => n === after.notes[i]), "the same answer changes no note");
});

test("accepting above a confidence takes the open ones of notes that are not done, in one step", () => {
  const notes = [note("a"), note("b", { status: "done" }), note("c", { rejected: [{ start: 0, end: 7, label: "DRUG" }] })];
  const suggestions = Object.fromEntries(["a", "b", "c"].map((id) => [id, { turn: 0, entities: [sure(0, 7, 0.95), sure(8, 13, 0.6)] }]));
  assert.deepEqual(surerThan(notes, suggestions, 0.9), [{ note: "a", mark: { start: 0, end: 7, label: "DRUG" } }]);
  const marks = surerThan(notes, suggestions, 0.6);
  assert.deepEqual(marks.map((s) => `${s.note}${s.mark.start}`), ["a0", "a8", "c8"]);
  const before = state(notes, { suggestions });
  const accepted = reduce(before, { type: "edit", edit: { kind: "suggestions-accept", marks } });
  assert.deepEqual(accepted.notes.map((n) => n.entities.length), [2, 0, 1]);
  const undone = reduce(accepted, { type: "undo" });
  assert.deepEqual(undone.notes.map((n) => n.entities.length), [0, 0, 0]);
});
