import assert from "node:assert/strict";
import { test } from "node:test";
import { said } from "../page/language/language.js";
import { aroundDisagreement, decided, decision, matched, movedTo, nextOpen, settled } from "../page/state/comparison.js";
import { newNote } from "../page/state/edit/note.js";
import { reduce } from "../page/state/reduce.js";
import { initialState } from "../page/state/state.js";

const mark = (start, end, label = "DRUG") => ({ start, end, label });
const note = (id, text, entities = [], name = id) => newNote({ id, file: "f", name, text, entities, labelled: true, split: "auto" });
const theirs = (name, text, entities = [], labelled = true) => ({ name, file: "g", text, entities, labelled });

test("notes belong together by their text, and by their name among equal texts; none is used twice", () => {
  const notes = [note("a", "same"), note("b", "same"), note("c", "other")];
  const { pairs, left_out } = matched(notes, [theirs("b", "same", [mark(0, 4)]), theirs("x", "same"), theirs("y", "same"), theirs("c", "changed"), theirs("d", "new"), theirs("c", "other", [], false)]);
  assert.deepEqual(pairs.map((pair) => pair.id), ["b", "a"]);
  assert.deepEqual(pairs[0].theirs, [mark(0, 4)]);
  assert.deepEqual(left_out.map(({ name }) => name), ["y", "c", "d", "c"]);
  assert.match(said(left_out[1].message), /another text/);
  assert.match(said(left_out[3].message), /plain text/);
});

const a = mark(0, 7);
const b = mark(0, 7, "CHEM");
const c = mark(8, 13);
const setting = () => {
  const disagreements = [
    { id: "n", kind: "label", a, b },
    { id: "n", kind: "only-b", a: null, b: c },
  ];
  const comparison = { id: "1", name: "g", pairs: [], agreement: { disagreements }, left_out: [], problems: [] };
  const state = { ...initialState("main"), notes: [note("n", "aspirin helps a lot", [a, mark(16, 19)])] };
  const settle = (now, at, choice) => reduce(now, { type: "edit", edit: settled(comparison, now.notes[0], disagreements[at], choice) });
  return { comparison, disagreements, state, settle };
};
const entities = (state) => state.notes[0].entities.map((e) => `${e.start}${e.label}`);

test("each choice takes the marks it says and leaves all others alone", () => {
  const { state, settle } = setting();
  assert.deepEqual(entities(settle(state, 0, "mine")), ["0DRUG", "16DRUG"]);
  assert.deepEqual(entities(settle(state, 0, "theirs")), ["0CHEM", "16DRUG"]);
  assert.deepEqual(entities(settle(state, 0, "neither")), ["16DRUG"]);
  assert.deepEqual(entities(settle(state, 0, "both")).sort(), ["0CHEM", "0DRUG", "16DRUG"]);
  assert.deepEqual(entities(settle(state, 1, "theirs")), ["0DRUG", "8DRUG", "16DRUG"]);
  assert.deepEqual(entities(settle(state, 1, "mine")), ["0DRUG", "16DRUG"]);
});

test("a decision can be made anew and taken back, and the note is done when all are made", () => {
  const { comparison, disagreements, state, settle } = setting();
  const first = settle(state, 0, "theirs");
  assert.equal(first.notes[0].status, "in-work");
  assert.equal(decision(comparison, first.notes[0], disagreements[0]), "theirs");
  assert.equal(nextOpen(comparison, first.notes, 0), 1);
  assert.deepEqual(entities(settle(first, 0, "mine")), ["0DRUG", "16DRUG"], "the other one's mark is taken out again");
  const both = settle(first, 1, "mine");
  assert.equal(both.notes[0].status, "done");
  assert.equal(decided(comparison, both.notes), 2);
  const back = reduce(both, { type: "undo" });
  assert.equal(decided(comparison, back.notes), 1, "also a decision that changed no mark is taken back");
  assert.deepEqual(reduce(back, { type: "undo" }).notes, state.notes);
});

test("decisions of an earlier comparison do not count", () => {
  const { comparison, state, settle } = setting();
  const after = settle(state, 0, "theirs");
  assert.equal(decided({ ...comparison, id: "2" }, after.notes), 0);
});

test("a piece of the note is cut at words, with the marks that lie in it", () => {
  const text = `${"word ".repeat(60)}aspirin ${"more ".repeat(60)}`;
  const here = mark(300, 307);
  const around = aroundDisagreement(text, { a: here, b: null }, [here, mark(0, 4)]);
  assert.equal(around.text.slice(around.focus.start, around.focus.end), "aspirin");
  assert.deepEqual(around.entities, [{ ...around.focus, label: "DRUG" }]);
  assert.ok(around.before && around.after && /^word/.test(around.text));
  assert.deepEqual(aroundDisagreement("aspirin", { a: mark(0, 7), b: null }, []).text, "aspirin");
});

test("texts that differ in blanks only belong together, and marks find their places", () => {
  const mine = "Took aspirin(100 mg),\n no 😀 nausea.";
  const other = "Took aspirin ( 100 mg ) , no 😀 nausea .";
  const at = (text, words) => mark(text.indexOf(words), text.indexOf(words) + words.length);
  const { pairs } = matched([note("a", mine)], [theirs("z", other, [at(other, "aspirin"), at(other, "😀 nausea")])]);
  assert.deepEqual(pairs[0].theirs, [at(mine, "aspirin"), at(mine, "😀 nausea")]);
  assert.deepEqual(movedTo(mine, other, [at(other, "aspirin ( 100")]), [at(mine, "aspirin(100")]);
  assert.deepEqual(movedTo("a b", "a  b", [mark(1, 3)]), [], "a mark of blanks only has no place");
});
