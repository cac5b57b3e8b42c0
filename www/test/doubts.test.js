// Where the model disagrees with people's marks.

import assert from "node:assert/strict";
import test from "node:test";
import { cellOf, doubtKey, doubtsIn, modelsWord, openDoubts, peoplesWord, DOUBTS_MAX, SURE_MIN } from "../page/state/doubts.js";
import { newNote } from "../page/state/edit/note.js";
import { reduce } from "../page/state/reduce.js";
import { initialState } from "../page/state/state.js";

const mark = (start, end, label = "DRUG") => ({ start, end, label });
const sure = (start, end, label = "DRUG", confidence = 0.9) => ({ start, end, label, confidence });
const note = (entities) => ({ ...newNote({ id: "n", file: "f", name: "n", text: "x".repeat(60), entities, labelled: true, split: "auto" }) });

const marks = [mark(0, 5), mark(10, 15), mark(20, 25), mark(30, 35)];
const model = [sure(0, 5), sure(10, 17), sure(20, 25, "DOSE"), sure(40, 45, "DOSE"), sure(50, 55, "DOSE", SURE_MIN - 0.1)];

test("marks and suggestions meet where they overlap, and what differs is in doubt", () => {
  const { found, confusion } = doubtsIn(note(marks), model);
  const places = found.map(({ mark: mine, model: its }) => [mine?.start ?? null, its?.start ?? null]);
  assert.deepEqual(places.sort(), [[10, 10], [20, 20], [30, null], [null, 40]].sort());
  assert.deepEqual(confusion, { [cellOf("DRUG", "DRUG")]: 2, [cellOf("DRUG", "DOSE")]: 1, [cellOf("DRUG", "")]: 1, [cellOf("", "DOSE")]: 2 });
  assert.deepEqual(doubtsIn(note([mark(0, 9), mark(0, 4)]), [sure(0, 4)]).found.map((doubt) => doubt.mark), [mark(0, 9)], "the best pair belongs together");
});

/** The state after a check of one note. */
function checked() {
  let state = { ...initialState("w"), notes: [note(marks)] };
  state = reduce(state, { type: "doubts-started", total: 1 });
  const one = doubtsIn(state.notes[0], model);
  return reduce(reduce(state, { type: "doubts-found", checked: 1, ...one }), { type: "doubts-ended" });
}

test("each place is settled by the model's word or by people's, and can be taken back", () => {
  const before = checked();
  assert.equal(openDoubts(before).length, 4);
  for (const doubt of openDoubts(before)) {
    for (const edit of [modelsWord(doubt), peoplesWord(doubt)]) {
      const after = edit ? reduce(before, { type: "edit", edit }) : reduce(before, { type: "doubt-kept", doubt });
      assert.equal(openDoubts(after).length, 3, JSON.stringify(edit));
      assert.ok(!openDoubts(after).some((other) => doubtKey(other) === doubtKey(doubt)));
      if (edit) assert.equal(openDoubts(reduce(after, { type: "undo" })).length, 4);
    }
  }
});

test("the surest come first, and the list is bounded", () => {
  const state = checked();
  assert.equal(openDoubts(state).at(-1)?.model, null);
  const many = Array.from({ length: DOUBTS_MAX + 5 }, () => ({ note: "n", mark: null, model: sure(50, 51) }));
  const more = reduce(state, { type: "doubts-found", checked: 1, found: many, confusion: {} });
  assert.deepEqual([more.doubts.found.length, more.doubts.count], [DOUBTS_MAX, DOUBTS_MAX + 9]);
});
