import assert from "node:assert/strict";
import { test } from "node:test";
import { allAnew, corpusChange, trainedOn, wholeCorpus } from "../page/state/corpus.js";
import { withLabels } from "../page/state/labels.js";

const labels = withLabels([], ["A", "B"]);
const note = (id, names, more = {}) => ({
  id,
  text: `text of ${id}`,
  labelled: true,
  held_out: false,
  entities: names.map((label) => ({ start: 0, end: 4, label })),
  ...more,
});

test("the engine is sent what has changed, and the order of all", () => {
  const before = [note("1", ["A"]), note("2", ["B"]), note("3", ["A"])];
  const given = trainedOn(before, labels);
  const aside = { ...before[0], held_out: true };
  const done = { ...before[1], status: "done", comment: "read", uncertainty: 0.5 };
  const now = [note("0", ["B"]), aside, done, note("4", [], { labelled: false })];
  const { documents, order } = corpusChange(given, trainedOn(now, labels));
  assert.deepEqual(documents.map(({ id, held_out }) => [id, held_out]), [["0", false], ["1", true]]);
  assert.deepEqual(order, ["0", "1", "2"]);
});

test("what is sent of a note that has changed is what loading it anew would send", () => {
  const before = [note("1", ["A", "B"]), note("2", ["A", "B"])];
  const now = [before[0], note("2", ["B", "A", "B"])];
  const off = labels.map((label) => ({ ...label, on: label.name === "A" }));
  const { documents } = corpusChange(trainedOn(before, off), trainedOn(now, off));
  assert.deepEqual(documents, [wholeCorpus(trainedOn(now, off)).documents[1]]);
});

test("with other labels, and at first, all notes are given", () => {
  const given = trainedOn([note("1", ["A"])], labels);
  assert.equal(allAnew(given, ["A"]), false);
  assert.equal(allAnew(given, ["A", "B"]), true);
  assert.equal(allAnew(given, ["B"]), true);
  assert.equal(allAnew(null, ["A"]), true);
});
