import assert from "node:assert/strict";
import { test } from "node:test";
import { corpusAfter, givenOf, isBehind, MISSING } from "../page/state/engine-corpus.js";

const [first, second] = ["first", "second"].map((name) => ({ labels: [name], notes: [], left_out: 0 }));
const play = (corpus, ...events) => events.reduce(corpusAfter, corpus);
const sent = (wanted) => ({ type: "sent", wanted });
const accepted = (wanted) => ({ type: "accepted", wanted });
const failed = (wanted) => ({ type: "failed", wanted });
const changed = { type: "notes-changed" };
const replaced = { type: "engine-replaced" };

test("a change is expressed against what the engine has, and only once it has it", () => {
  const current = play(MISSING, sent(first), accepted(first));
  assert.deepEqual([isBehind(MISSING), isBehind(current)], [true, false]);
  const outdated = play(current, changed);
  assert.deepEqual([isBehind(outdated), givenOf(outdated)], [true, first]);
  const again = play(outdated, sent(second));
  assert.deepEqual([isBehind(again), givenOf(again)], [false, null]);
  assert.equal(givenOf(play(again, accepted(second))), second);
});

test("notes that change while they are sent are sent again", () => {
  const sending = play(MISSING, sent(first), changed);
  assert.equal(isBehind(sending), true);
  const after = play(sending, accepted(first));
  assert.deepEqual([isBehind(after), givenOf(after)], [true, first]);
});

test("after a failure all is sent again", () => {
  assert.equal(play(MISSING, sent(first), accepted(first), changed, sent(second), failed(second)), MISSING);
});

test("what one engine was given, the next one does not have", () => {
  assert.equal(play(MISSING, sent(first), replaced, accepted(first)), MISSING);
  const next = play(MISSING, sent(first), replaced, sent(second));
  assert.equal(play(next, accepted(first)), next);
  assert.equal(play(next, failed(first)), next);
  assert.equal(play(MISSING, sent(first), accepted(first), replaced), MISSING);
});
