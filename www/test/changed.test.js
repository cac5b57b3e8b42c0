import assert from "node:assert/strict";
import { test } from "node:test";
import { replacedAt } from "../page/state/changed.js";
import { labelSet } from "../page/state/labels.js";

const one = (id) => ({ id });

test("replaced entries are found; entries that come, go or move are distinguished", () => {
  const [a, b, c] = [one("a"), one("b"), one("c")];
  assert.deepEqual(replacedAt([a, b, c], [a, b, c]), []);
  assert.deepEqual(replacedAt([a, one("b"), c], [a, b, c]), [1]);
  assert.equal(replacedAt([a, b], [a, b, c]), null);
  assert.equal(replacedAt([b, a, c], [a, b, c]), null);
});

test("entities are counted anew only where notes changed, and rightly", () => {
  const note = (id, labels, held_out = false) => ({ id, held_out, entities: labels.map((label) => ({ start: 0, end: 1, label })) });
  const labels = ["A", "B"].map((name) => ({ name, colour: 0, key: "", description: "", on: true }));
  const counts = (notes) => labelSet(notes, labels).map(({ training, held_out }) => [training, held_out]);
  let notes = [note("1", ["A", "B"]), note("2", ["A"], true), note("3", [])];
  assert.deepEqual(counts(notes), [[1, 1], [1, 0]]);
  notes = notes.with(0, note("1", ["B", "B"]));
  assert.deepEqual(counts(notes), [[0, 1], [2, 0]]);
  notes = notes.with(1, { ...notes[1], held_out: false });
  assert.deepEqual(counts(notes), [[1, 0], [2, 0]]);
  assert.deepEqual(counts(notes.slice(1)), [[1, 0], [0, 0]]);
});
