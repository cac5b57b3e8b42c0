import assert from "node:assert/strict";
import { test } from "node:test";
import { reduce } from "../page/state/reduce.js";
import { initialState } from "../page/state/state.js";
import { leftText, timeLeftText } from "../page/state/time-left.js";

const step = (step, steps, now_ms) => ({
  type: "engine-event",
  session: "",
  now_ms,
  event: { kind: "step", step, steps, epoch: 1, epochs: 2, round: 0, loss: 1, words_per_s: 5 },
});
const play = (state, ...actions) => actions.reduce(reduce, state);
const running = reduce(initialState("main"), { type: "run-started", kind: "training", now_ms: 0 });

test("the time left follows the pace of the steps so far", () => {
  const early = play(running, step(1, 100, 1000), step(3, 100, 1200));
  assert.equal(early.run.left_ms, null, "too early to say");
  const later = play(early, step(11, 100, 2000));
  assert.equal(later.run.left_ms, 8900);
  // Waiting for other sites counts, too.
  assert.equal(play(later, step(21, 100, 21000)).run.left_ms, 79000);
  // A training of its own begins anew.
  assert.equal(play(later, step(1, 50, 3000)).run.left_ms, null);
  assert.equal(play(later, { type: "run-ended" }, { type: "run-started", kind: "training", now_ms: 0 }).run.left_ms, null);
});

test("it is said in words", () => {
  assert.deepEqual([null, 4000, 31_000, 70_000, 360_000].map(timeLeftText), [
    "",
    "a few seconds left",
    "about 40 seconds left",
    "about a minute left",
    "about 6 minutes left",
  ]);
  const run = { ...running.run, round: 18, rounds: 40, left_ms: 360_000 };
  assert.equal(leftText(run), "Round 18 of 40, about 6 minutes left.");
  assert.equal(leftText({ ...run, round: 0 }), "About 6 minutes left.");
  assert.equal(leftText({ ...run, rounds: 0, left_ms: null }), "");
});
