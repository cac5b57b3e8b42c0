import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { said } from "../page/language/language.js";
import { leftOutPhrase, TRAINING_BYTES_MAX, withinTrainingLimit } from "../page/state/training-limit.js";

const MIB = 1024 * 1024;
const note = (id, text, more = {}) => ({ id, text, labelled: true, held_out: false, ...more });
const ids = ({ notes }) => notes.map(({ id }) => id).join("");

test("unlabelled notes are never trained on, however few there are", () => {
  assert.deepEqual(withinTrainingLimit([note("a", "x"), note("b", "y", { labelled: false })]), { notes: [note("a", "x")], left_out: 0 });
});

test("the limit counts bytes of UTF-8, and just the limit fits", () => {
  const half = "ä€".repeat(TRAINING_BYTES_MAX / 10);
  const rest = "😀".repeat(Math.floor((TRAINING_BYTES_MAX - 5 * Math.floor(TRAINING_BYTES_MAX / 10)) / 4));
  const bytes = new TextEncoder().encode(half + rest).length;
  const filler = note("c", "x".repeat(TRAINING_BYTES_MAX - bytes));
  assert.deepEqual(withinTrainingLimit([note("a", half), note("b", rest), filler]).left_out, 0);
  assert.deepEqual(ids(withinTrainingLimit([note("a", half), note("b", rest), filler, note("d", "y")])), "abc");
});

test("notes to train on and to score on are cut by the same share, from the end", () => {
  const text = "x".repeat(MIB);
  const training = Array.from({ length: 16 }, (_, i) => note(`t${i}`, text));
  const heldOut = Array.from({ length: 8 }, (_, i) => note(`h${i}`, text, { held_out: true }));
  const { notes, left_out } = withinTrainingLimit([...training, ...heldOut]);
  assert.equal(left_out, 12);
  assert.deepEqual(notes, [...training.slice(0, 8), ...heldOut.slice(0, 4)]);
});

test("what is left out is said with the limit", () => {
  assert.match(said(leftOutPhrase(1)), /12 MiB.*1 labelled note from the end of the list is kept here/);
  assert.match(said(leftOutPhrase(2000)), /2,000 labelled notes .* are kept/);
});

test("the engine has the same limit", () => {
  const source = readFileSync(new URL("../../client-wasm/src/engine/train.rs", import.meta.url), "utf8");
  const [, mib] = /CORPUS_BYTES_MAX: usize = (\d+) << 20;/.exec(source) ?? [];
  assert.equal(Number(mib) * MIB, TRAINING_BYTES_MAX);
});
