import assert from "node:assert/strict";
import { test } from "node:test";
import { unfinishedService } from "../page/services/unfinished.js";
import { createBus } from "../page/state/bus.js";
import { reduce } from "../page/state/reduce.js";
import { initialState } from "../page/state/state.js";
import { createStore } from "../page/state/store.js";
import { remaining } from "../page/state/unfinished.js";

globalThis.requestAnimationFrame = () => 0;
globalThis.cancelAnimationFrame = () => {};
const turn = () => new Promise((resolve) => setTimeout(resolve));
const step = (epoch) => ({ type: "engine-event", session: "s", now_ms: 0, event: { kind: "step", step: 1, steps: 9, epoch, epochs: 5, round: 0, loss: 1, words_per_s: 1 } });

test("training under way is remembered, and forgotten once it has ended", async () => {
  const onFault = (fault) => { throw fault; };
  const store = createStore(initialState("main"), reduce, onFault);
  const bus = createBus(onFault);
  unfinishedService({ store, bus });
  store.dispatch({ type: "run-started", kind: "training", now_ms: 0 });
  store.dispatch(step(2));
  await turn();
  const cut = store.get().settings.unfinished;
  assert.deepEqual(cut, { epoch: 2, epochs: 5 });
  assert.equal(remaining(cut), 4, "the epoch under way is done again");
  store.dispatch({ type: "run-ended" });
  await turn();
  assert.equal(store.get().settings.unfinished, null);
});

test("what was cut off is gone on with, or dropped", async () => {
  const onFault = (fault) => { throw fault; };
  const cut = { ...initialState("main"), has_model: true, settings: { ...initialState("main").settings, unfinished: { epoch: 5, epochs: 5 } } };
  const store = createStore(cut, reduce, onFault);
  const bus = createBus(onFault);
  const trained = [];
  bus.on("train", (epochs) => void trained.push(epochs));
  unfinishedService({ store, bus });
  bus.emit("finish-training", null);
  await turn();
  assert.deepEqual(trained, [1]);
  bus.emit("drop-training", null);
  await turn();
  assert.equal(store.get().settings.unfinished, null);
});
