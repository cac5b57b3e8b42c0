import assert from "node:assert/strict";
import { test } from "node:test";
import { comparisonText, newestText, originText, scoresInUse, whichInUse } from "../page/state/models.js";
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
