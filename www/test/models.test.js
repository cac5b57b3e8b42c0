import assert from "node:assert/strict";
import { test } from "node:test";
import { comparisonText, newestText, originText, scoresInUse, scoresText, whichInUse } from "../page/state/models.js";
import { reduce } from "../page/state/reduce.js";
import { initialState } from "../page/state/state.js";
import { statusText } from "../page/state/status.js";

const scores = (f1) => ({ strict: { precision: f1, recall: f1, f1 }, lenient: { f1 }, by_label: [], sentences: 1 });
const round = { kind: "round", federation: "demo", round: 7 };
const play = (state, ...actions) => actions.reduce(reduce, state);
const said = (event) => ({ type: "engine-event", session: "", now_ms: 1, event });
const scored = (f1) => said({ kind: "scores", when: "round", epoch: 0, round: 1, step: 1, scores: scores(f1) });
const models = (better, own, federation) => said({
  kind: "models",
  better,
  own: own === null ? null : { origin: { kind: "alone" }, scores: own === undefined ? null : scores(own) },
  federation: federation === null ? null : { origin: round, scores: federation === undefined ? null : scores(federation) },
});
const start = { ...initialState("main"), engine: "up", has_model: true };

test("joining does not change the figure of the model in use", () => {
  const trained = play(start, models("own", undefined, null), scored(0.885));
  assert.equal(scoresInUse(trained).strict.f1, 0.885);
  const joined = play(trained, models("own", 0.885, null), models("own", 0.885, 0.049), scored(0.049));
  assert.equal(scoresInUse(joined).strict.f1, 0.885);
  assert.match(statusText(joined), /88\.5/);
  assert.match(comparisonText(joined), /4\.9.*still better \(88\.5 %\) and stays in use/);
  assert.equal(newestText(joined), "");
  const running = play(joined, { type: "run-started", kind: "participating", now_ms: 1 });
  assert.match(newestText(running), /4\.9/);
});

test("a better model of the federation is in use, unless the own one is chosen", () => {
  const better = play(start, models("federation", 0.841, 0.873));
  assert.equal(whichInUse(better), "federation");
  assert.equal(scoresInUse(better).strict.f1, 0.873);
  assert.match(comparisonText(better), /alone 84\.1 % → together 87\.3 %/);
  const own = play(better, { type: "model-chosen", choice: "own" });
  assert.equal(scoresInUse(own).strict.f1, 0.841);
  assert.equal(own.model_turn, better.model_turn + 1, "suggestions are asked for anew");
  assert.match(comparisonText(own), /because you chose it/);
  assert.equal(whichInUse(play(own, { type: "model-chosen", choice: "better" })), "federation");
});

test("without a model of its own a site uses the federation's, whatever was chosen", () => {
  const state = play(start, { type: "model-chosen", choice: "own" }, models("federation", null, 0.5));
  assert.equal(whichInUse(state), "federation");
  assert.equal(scoresInUse(state).strict.f1, 0.5);
});

test("without held-out notes nothing is compared", () => {
  const state = play(start, scored(0.3), models("own", undefined, undefined));
  assert.equal(scoresInUse(state), null);
  assert.match(comparisonText(state), /No note is held out/);
});

test("each origin has its words", () => {
  const finish = { kind: "finish", federation: "demo", passes: 2 };
  const texts = [{ kind: "alone" }, { kind: "loaded" }, round, { ...round, round: 0 }, finish].map(originText);
  assert.equal(new Set(texts).size, texts.length);
  assert.match(texts[2], /round 7 of “demo”/);
});

test("a difference is said with its interval, and where it means nothing that is said", () => {
  const compared = (own, together, low, high) => {
    const event = models(own > together ? "own" : "federation", own, together).event;
    const comparison = { difference: together - own, interval: { low, high }, standard_error: 0.01 };
    return comparisonText(play(start, said({ ...event, comparison })));
  };
  assert.match(compared(0.841, 0.873, 0.012, 0.051), /alone 84\.1 % → together 87\.3 %\. Joining has helped \(\+1\.2 to \+5\.1 points\)/);
  assert.match(compared(0.841, 0.85, -0.02, 0.04), /too few to say that one is better \(−2\.0 to \+4\.0 points\)/);
  assert.match(compared(0.9, 0.8, -0.15, -0.05), /Your own model is better beyond chance \(−15\.0 to −5\.0 points\)/);
});

test("scores are said in words first", () => {
  const strict = { precision: 0.93, recall: 0.742, f1: 0.825 };
  assert.match(scoresText({ strict, f1_interval: { low: 0.78, high: 0.86 } }), /^Finds 74 of 100 entities; of what it marks, 93 of 100 are right\. F1 82\.5 %.*78\.0 % and 86\.0 %/);
  assert.match(scoresText({ strict }), /are right\.$/);
  assert.match(scoresText(null), /^No score yet/);
});

test("F1 before and after a merge stand side by side", () => {
  const at = (when, f1, round) => said({ kind: "scores", when, epoch: 0, round, step: 1, scores: scores(f1) });
  const state = play(start, { type: "run-started", kind: "participating", now_ms: 1 }, at("trained", 0.71, 2), at("round", 0.74, 3));
  assert.equal(newestText(state), "Round 3: F1 71.0 % before the merge, 74.0 % after it.");
});
