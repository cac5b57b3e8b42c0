// Attributes and codes of marks.

import assert from "node:assert/strict";
import test from "node:test";
import { said } from "../page/language/language.js";
import { detailsFor, detailsOf, detailsText, toggled, withDetails } from "../page/state/annotate/details.js";
import { newNote } from "../page/state/edit/note.js";
import { reduce } from "../page/state/reduce.js";
import { initialState } from "../page/state/state.js";

const mark = (start, end, more = {}) => ({ start, end, label: "DRUG", ...more });
const note = (entities) => newNote({ id: "n", file: "f", name: "n", text: "Took aspirin and ibuprofen.", entities, labelled: true, split: "auto" });
const state = (entities) => ({ ...initialState("w"), notes: [note(entities)] });
const edit = (before, one) => reduce(before, { type: "edit", edit: one });

test("a key gives a mark an attribute and takes it away, a step to undo each", () => {
  const first = state([mark(5, 12), mark(17, 26)]);
  const negated = edit(first, toggled("n", mark(5, 12), "negated"));
  assert.deepEqual(negated.notes[0].entities, [mark(5, 12, { attributes: ["negated"] }), mark(17, 26)]);
  assert.match(said(negated.edits.records[0].title), /change what is said of “aspirin”/u);
  const both = edit(negated, toggled("n", negated.notes[0].entities[0], "family"));
  assert.deepEqual(both.notes[0].entities[0].attributes, ["family", "negated"]);
  const none = edit(edit(both, toggled("n", both.notes[0].entities[0], "family")), toggled("n", mark(5, 12, { attributes: ["negated"] }), "negated"));
  assert.deepEqual(none.notes[0].entities, first.notes[0].entities);
  assert.deepEqual(reduce(both, { type: "undo" }).notes, negated.notes);
  assert.deepEqual(reduce(reduce(both, { type: "undo" }), { type: "undo" }).notes[0].entities, first.notes[0].entities);
});

test("what is said stays when the mark gets other borders or another label", () => {
  const said = mark(5, 12, { code: "ATC:B01", attributes: ["negated"] });
  const moved = edit(state([said]), { kind: "mark-change", note: "n", mark: mark(5, 12), to: { start: 5, end: 16, label: "DOSE" } });
  assert.deepEqual(moved.notes[0].entities, [{ start: 5, end: 16, label: "DOSE", code: "ATC:B01", attributes: ["negated"] }]);
  const renamed = edit(moved, { kind: "label-rename", name: "DOSE", to: "X", merge: false });
  assert.equal(renamed.notes[0].entities[0].code, "ATC:B01");
});

test("a suggestion with a code is accepted with it", () => {
  const after = edit(state([]), { kind: "suggestions-accept", marks: [{ note: "n", mark: mark(5, 12, { code: "B01", confidence: 0.5 }) }] });
  assert.deepEqual(after.notes[0].entities, [mark(5, 12, { code: "B01" })]);
});

test("only what is said is kept, sorted and within bounds", () => {
  assert.deepEqual(detailsOf({ code: " ", attributes: ["", " b ", "a", "b", "x".repeat(300)] }), { attributes: ["a", "b"] });
  assert.deepEqual(detailsOf({ code: "C".repeat(300) }).code?.length, 200);
  assert.equal(detailsText(mark(0, 1, { code: "C1", attributes: ["negated"] })), "negated · C1");
});

test("what files say of marks comes in and goes out by the mark's place in the list", () => {
  const marks = [mark(0, 4), mark(5, 12, { code: "C1", attributes: ["negated"] })];
  const details = [{ entity: 1, code: "C1", attributes: ["negated"] }];
  assert.deepEqual(detailsFor(marks), details);
  assert.deepEqual(withDetails([mark(0, 4), mark(5, 12)], details), marks);
});
