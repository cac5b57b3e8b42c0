import assert from "node:assert/strict";
import { test } from "node:test";
import { createSorter, DEFAULT_LIST, listed, mostUseful, neighbour, nextUndone, typedAhead } from "../page/state/note-list.js";

const note = (id, more = {}) => ({
  id, file: "f", name: id, text: "", entities: [], labelled: false, split: "auto", held_out: false, order: 0,
  status: "new", comment: "", uncertainty: null, ...more,
});
const ids = (notes) => notes.map((n) => n.id).join("");
const mark = (label) => ({ start: 0, end: 1, label });

test("without a filter the list is the sorted notes themselves", () => {
  const notes = [note("a"), note("b")];
  assert.equal(listed(notes, DEFAULT_LIST, null, null), notes);
});

test("filters and search are combined, and the open note stays", () => {
  const notes = [
    note("a", { status: "done", labelled: true }),
    note("b", { status: "done", labelled: true, held_out: true, entities: [mark("X")] }),
    note("c", { status: "new" }),
    note("d", { status: "done", labelled: true, entities: [mark("X")] }),
  ];
  const by = (filter, found = null, selected = null) => ids(listed(notes, { ...DEFAULT_LIST, ...filter }, found, selected));
  assert.equal(by({ status: "done" }), "abd");
  assert.equal(by({ split: "unlabelled" }), "c");
  assert.equal(by({ split: "held-out" }), "b");
  assert.equal(by({ split: "training", label: "X" }), "d");
  assert.equal(by({}, new Set(["c", "d"])), "cd");
  assert.equal(by({ status: "done" }, new Set(["c", "d"])), "d");
  assert.equal(by({ status: "done" }, new Set(["d"]), "c"), "cd");
});

test("names are sorted as people count, uncertainty from high to low and unknown last", () => {
  const notes = [note("n10", { uncertainty: 0.2, order: 0 }), note("n2", { order: 1 }), note("n1", { uncertainty: 0.9, order: 2 })];
  assert.deepEqual(createSorter()(notes, "name", 0).map((n) => n.id), ["n1", "n2", "n10"]);
  assert.deepEqual(createSorter()(notes, "uncertainty", 0).map((n) => n.id), ["n1", "n10", "n2"]);
  assert.equal(createSorter()(notes, "order", 0), notes);
});

test("the order stays while notes change, until it is asked for anew or a note comes", () => {
  const sort = createSorter();
  const before = [note("a", { uncertainty: 0.9 }), note("b", { uncertainty: 0.5 })];
  assert.equal(ids(sort(before, "uncertainty", 0)), "ab");
  const after = [note("a", { uncertainty: 0.1 }), note("b", { uncertainty: 0.5 })];
  const same = sort(after, "uncertainty", 0);
  assert.equal(ids(same), "ab");
  assert.equal(same[0], after[0], "they are the notes of now");
  assert.equal(ids(sort(after, "uncertainty", 1)), "ba");
  assert.equal(ids(sort([...after, note("c", { uncertainty: 0.3 })], "uncertainty", 1)), "bca");
});

test("next and previous end at the ends; next undone goes round once", () => {
  const notes = [note("a"), note("b", { status: "done" }), note("c", { status: "in-work" })];
  assert.equal(neighbour(notes, "a", 1).id, "b");
  assert.equal(neighbour(notes, "c", 1).id, "c");
  assert.equal(neighbour(notes, "a", -1).id, "a");
  assert.equal(neighbour(notes, null, 1).id, "a");
  assert.equal(neighbour([], "a", 1), null);
  assert.equal(nextUndone(notes, "a").id, "c");
  assert.equal(nextUndone(notes, "c").id, "a");
  assert.equal(nextUndone(notes.slice(0, 2), "a"), null, "the open note is not the next one");
});

test("the most useful note is the most uncertain one that is not done and not open", () => {
  const notes = [note("a", { uncertainty: 0.9, status: "done" }), note("b", { uncertainty: 0.8 }), note("c", { uncertainty: 0.4 }), note("d")];
  assert.equal(mostUseful(notes, null).id, "b");
  assert.equal(mostUseful(notes, "b").id, "c");
  assert.equal(mostUseful([note("d")], null), null);
});

test("typing goes to the next name that begins so", () => {
  const notes = [note("Anna"), note("Bert"), note("Beate")];
  assert.equal(typedAhead(notes, "Anna", "b").id, "Bert");
  assert.equal(typedAhead(notes, "Bert", "b").id, "Beate");
  assert.equal(typedAhead(notes, "Bert", "be").id, "Bert");
  assert.equal(typedAhead(notes, "Bert", "a").id, "Anna");
  assert.equal(typedAhead(notes, "Bert", "x"), null);
});
