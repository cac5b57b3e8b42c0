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

test("about every fifth note is held out when nothing says which", () => {
  const settled = settleHeldOut(notes(1000));
  const share = heldOut(settled).length / 1000;
  assert.ok(share > 0.15 && share < 0.25, String(share));
  assert.ok(chosen(settled));
});

test("the choice of a note does not depend on the others", () => {
  const few = new Set(heldOut(settleHeldOut(notes(100))));
  const many = heldOut(settleHeldOut(notes(200))).filter((name) => Number(name.slice(5)) < 100);
  assert.deepEqual(new Set(many), few);
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
