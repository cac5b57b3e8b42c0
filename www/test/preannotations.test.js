// What another program has marked: its file becomes suggestions.

import assert from "node:assert/strict";
import test from "node:test";
import { said } from "../page/language/language.js";
import { newNote } from "../page/state/edit/note.js";
import { readPreannotations, scoreOfPreannotations } from "../page/state/preannotations.js";
import { shownSuggestions } from "../page/state/suggestions.js";
import { initialState } from "../page/state/state.js";

const note = (id, text, more = {}) => ({ ...newNote({ id, file: "f", name: id, text, entities: [], labelled: false, split: "auto" }), ...more });
const notes = [note("a", "😀 Took aspirin and aspirin."), note("b", "No fever."), note("c", "Pain.\n")];
const read = (content) => readPreannotations(typeof content === "string" ? content : JSON.stringify(content), notes, [{ name: "DRUG" }]);
const at = (start, end, confidence, label = "DRUG") => ({ start, end, label, ...(confidence === undefined ? {} : { confidence }) });

test("GLiNER, Hugging Face, MedCAT, Label Studio and language models are read", () => {
  const text = notes[0].text;
  const gliner = read(`${JSON.stringify({ text, entities: [{ start: 7, end: 14, text: "aspirin", label: "drug", score: 0.91 }] })}\n`);
  assert.deepEqual(gliner, { notes: { a: [at(8, 15, 0.91)] }, marks: 1, problems: [] });
  const pipeline = read([{ text, ner: [{ entity_group: "Drug", word: "aspirin", start: 8, end: 15, score: 0.5 }] }]);
  assert.deepEqual(pipeline.notes.a, [at(8, 15, 0.5)], "UTF-16 units, as the words show");
  const medcat = read({ a: { entities: { 0: { types: ["Drug"], source_value: "aspirin", start: 7, end: 14, acc: 1, cui: "C1" } } } });
  assert.deepEqual(medcat.notes.a, [at(8, 15, 1)]);
  const studio = read([{ data: { text }, predictions: [{ score: 0.3, result: [{ value: { start: 7, end: 14, text: "aspirin", labels: ["DRUG"] }, score: 0.8 }] }] }]);
  assert.deepEqual(studio.notes.a, [at(8, 15, 0.8)]);
  const words = read([{ name: "a", entities: [{ text: "aspirin", label: "DRUG" }] }, { text: "Pain.", entities: [["0", 4, "S"], [0, 4, "S", 0.2]] }]);
  assert.deepEqual(words.notes, { a: [at(8, 15), at(20, 27)], c: [at(0, 4, 0.2, "S")] });
  assert.equal(words.problems.length, 1);
});

test("what does not fit is named and left out", () => {
  const { notes: found, marks, problems } = read([
    { text: "Unknown.", entities: [] },
    { name: "a" },
    7,
    { name: "b", entities: [{ start: 3, end: 8, text: "cough", label: "S" }, { start: 3, end: 99, label: "S" }, { start: 3, end: 8 }, { text: "cough", label: "S" }, { start: 3, end: 8, label: "S", score: 7 }] },
  ]);
  assert.deepEqual([found, marks], [{ b: [at(3, 8, undefined, "S")] }, 1]);
  assert.equal(problems.length, 7);
  assert.match(said(read("{not json").problems[0]), /^Line 1 is no JSON object/u);
  assert.equal(read(Array.from({ length: 50 }, () => 1)).problems.length, 21);
});

test("they are suggestions, and scored on the held-out notes they are about", () => {
  const held = { held_out: true, labelled: true };
  const all = [note("a", "x", { ...held, entities: [at(0, 1), at(2, 3)] }), note("b", "y", { ...held, entities: [] }), note("c", "z", held), note("d", "w")];
  const preannotations = { name: "f", problems: [], notes: { a: [at(0, 1, 0.9), at(4, 5, 0.1)], b: [], d: [at(0, 1)] } };
  assert.deepEqual(scoreOfPreannotations({ notes: all, preannotations }), { notes: 2, of: 3, f1: 0.5 });
  const state = { ...initialState("w"), notes: all, preannotations };
  assert.deepEqual(shownSuggestions(state, all[3]), [at(0, 1)]);
  assert.equal(scoreOfPreannotations({ notes: [], preannotations }).f1, null);
});
