import assert from "node:assert/strict";
import { test } from "node:test";
import { saysHeldOut, setSplit, settleHeldOut } from "../page/state/held-out.js";
import { tally } from "../page/state/tally.js";

/** Whether the page has chosen what is held out. */
const chosen = (notes) => tally(notes).chosen > 0;
import { hash, noteIds } from "../page/state/note-id.js";

const note = (name, split = "auto") => ({ id: hash(name), file: "f", name, text: name, entities: [], labelled: true, split, held_out: false, order: 0 });
const notes = (count) => Array.from({ length: count }, (_, i) => note(`note ${i}`));
const heldOut = (all) => all.filter((n) => n.held_out).map((n) => n.name);

test("file names that say held-out", () => {
  for (const name of ["dev.conll", "test.txt", "north/held-out.conll", "my_held_out.tsv", "ade-test-2.conll", "valid.iob", "Validation.conll"]) {
    assert.ok(saysHeldOut(name), name);
  }
  for (const name of ["train.conll", "latest.txt", "contest.txt", "devices.conll", "invalid.txt", "protest.txt", "attestation.txt"]) {
    assert.ok(!saysHeldOut(name), name);
  }
});

test("every fifth note is held out when nothing says which", () => {
  for (const [count, held] of [[5, 1], [9, 1], [10, 2], [999, 199], [1000, 200]]) {
    assert.equal(heldOut(settleHeldOut(notes(count))).length, held, `of ${count}`);
  }
  assert.ok(chosen(settleHeldOut(notes(1000))));
});

test("what is held out stays so when more notes come", () => {
  const few = settleHeldOut(notes(100));
  const many = heldOut(settleHeldOut([...few, ...notes(200).slice(100)]));
  assert.equal(many.length, 40);
  assert.deepEqual(new Set(many.filter((name) => Number(name.slice(5)) < 100)), new Set(heldOut(few)));
});

test("a held-out note is never a copy of one that is trained on", () => {
  const copies = notes(40).map((n, i) => ({ ...n, text: `text ${i % 10}` }));
  const split = (all) => [true, false].map((held) => new Set(all.filter((n) => n.held_out === held).map((n) => n.text)));
  const [held, trained] = split(settleHeldOut(copies));
  assert.equal(held.size, 2, "a fifth of ten texts");
  assert.ok([...held].every((text) => !trained.has(text)));
  // A note that a file puts aside takes its copies with it, unless somebody wants to train on one.
  const aside = settleHeldOut([...copies, { ...note("aside", "held-out"), text: " text 3\n" }]);
  assert.deepEqual([...new Set(aside.filter((n) => n.held_out).map((n) => n.text.trim()))], ["text 3"]);
  const wanted = settleHeldOut([{ ...note("wanted", "training"), text: "a" }, { ...note("aside", "held-out"), text: "a" }]);
  assert.deepEqual(heldOut(wanted), []);
  const pressed = settleHeldOut(setSplit(copies, copies[0].id, true));
  assert.equal(heldOut(pressed).length, 4, "a press takes the copies with it");
});

test("named held-out notes end the page's own choice", () => {
  const settled = settleHeldOut([...settleHeldOut(notes(50)), note("aside", "held-out")]);
  assert.deepEqual(heldOut(settled), ["aside"]);
  assert.ok(!chosen(settled));
});

test("training notes stay training notes", () => {
  assert.deepEqual(heldOut(settleHeldOut(notes(50).map((n) => ({ ...n, split: "training" })))), []);
});

test("a handful of notes has one held out, a single one none", () => {
  for (const count of [2, 3, 4]) {
    const held = heldOut(settleHeldOut(notes(count))).length;
    assert.ok(held >= 1 && held < count, `${held} of ${count}`);
  }
  assert.deepEqual(heldOut(settleHeldOut(notes(1))), []);
});

test("unlabelled notes are neither held out nor counted", () => {
  const unlabelled = notes(50).map((n) => ({ ...n, labelled: false, split: "held-out" }));
  assert.deepEqual(heldOut(settleHeldOut(unlabelled)), []);
  const mixed = settleHeldOut([...unlabelled, ...notes(80).slice(50)]);
  assert.ok(heldOut(mixed).length > 0);
});

test("one press changes one note and no other", () => {
  const before = settleHeldOut(notes(40));
  const pressed = before.find((n) => !n.held_out);
  const after = settleHeldOut(setSplit(before, pressed.id, true));
  assert.deepEqual(new Set(heldOut(after)), new Set([...heldOut(before), pressed.name]));
});

test("ids are stable, and repeats in one file are kept apart", () => {
  const documents = [
    { name: "a", text: "No complaints.", entities: [] },
    { name: "a", text: "No complaints.", entities: [] },
    { name: "a", text: "No complaints.", entities: [{ start: 3, end: 13, label: "Sign" }] },
  ];
  const ids = noteIds(documents);
  assert.equal(new Set(ids).size, 3);
  assert.deepEqual(noteIds(documents), ids);
  assert.match(ids[0], /^[0-9a-f]{16}$/);
});
