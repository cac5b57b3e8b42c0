import assert from "node:assert/strict";
import { test } from "node:test";
import { tally } from "../page/state/tally.js";

const note = (id, more = {}) => ({ id, status: "new", labelled: false, held_out: false, split: "auto", entities: [], ...more });
const done = { status: "done", labelled: true };

test("notes are counted by kind", () => {
  const notes = [
    note("a"),
    note("b", { ...done, entities: [{}] }),
    note("c", { ...done, held_out: true, entities: [{}] }),
    note("d", { ...done, held_out: true, split: "held-out" }),
    note("e", { labelled: true, status: "in-work" }),
  ];
  assert.deepEqual(tally(notes), { done: 3, labelled: 4, held_out: 2, chosen: 1, begun: 1, teaching: 1 });
});

test("after edits the counts are those of a fresh count", () => {
  const notes = Array.from({ length: 6 }, (_, i) => note(`n${i}`, i % 2 ? done : {}));
  tally(notes);
  const edited = notes.with(1, note("n1", { ...done, held_out: true })).with(2, note("n2", { labelled: true, status: "in-work", entities: [{}] }));
  const after = tally(edited);
  tally([]);
  assert.deepEqual(after, tally(edited));
  assert.deepEqual(after, { done: 3, labelled: 4, held_out: 1, chosen: 1, begun: 1, teaching: 1 });
  assert.equal(tally(edited.slice(1)).done, 3, "a note has gone");
});
