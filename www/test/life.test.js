import assert from "node:assert/strict";
import { test } from "node:test";
import { callsWait, transition, workersOf } from "../page/engine/life.js";

const off = { phase: "off", checkpoint: null };
const [given, newest] = [new Uint8Array([1]), new Uint8Array([2])];
const play = (life, ...events) => events.reduce(transition, life);
const start = { type: "start", worker: "cpu", given };
const started = { type: "started", worker: "cpu" };
const prepared = { type: "gpu-prepared", gpu: "gpu" };
const change = { type: "change", gpu: "gpu" };
const crashed = { type: "crashed", worker: "cpu" };
const [up, withGpu, changing] = [[start, started], [start, started, prepared], [start, started, prepared, change]].map((events) => play(off, ...events));

test("a worker starts, is up, and gives way to the one for the GPU with its checkpoint", () => {
  assert.deepEqual(play(off, start), { phase: "starting", worker: "cpu", given });
  assert.deepEqual(up, { phase: "up", worker: "cpu", given, gpu: null });
  const over = play(changing, { type: "handed-over", worker: "cpu", checkpoint: newest });
  assert.deepEqual(over, { phase: "starting", worker: "gpu", given: newest });
  assert.deepEqual(play(over, { type: "started", worker: "gpu" }), { phase: "up", worker: "gpu", given: newest, gpu: null });
});

test("a checkpoint that nobody hands over is the one that was given", () => {
  assert.equal(play(changing, { type: "handed-over", worker: "cpu", checkpoint: null }).given, given);
  assert.deepEqual(play(up, crashed, { type: "rescued", worker: "cpu", checkpoint: null }), { phase: "off", checkpoint: given });
  assert.deepEqual(play(up, crashed, { type: "rescued", worker: "cpu", checkpoint: newest }), { phase: "off", checkpoint: newest });
  for (const event of [crashed, { type: "start-failed", worker: "cpu" }]) {
    assert.deepEqual(play(off, start, event), { phase: "off", checkpoint: given }, event.type);
  }
});

test("whose checkpoint is rescued does not die of the answer that a change was waiting for", () => {
  const dying = play(changing, crashed);
  assert.deepEqual(dying, { phase: "dying", worker: "cpu", given });
  assert.equal(play(dying, { type: "handed-over", worker: "cpu", checkpoint: null }), dying);
});

test("a GPU that is gone is not changed to, and a change that lost it leaves the worker in use", () => {
  const gone = { type: "gpu-gone", gpu: "gpu" };
  assert.deepEqual(play(withGpu, gone), up);
  assert.deepEqual(play(changing, gone), up);
  assert.equal(play(up, change), up);
  assert.equal(play(up, gone), up);
});

test("a start ends whatever there is, from every state", () => {
  const states = [off, play(off, start), up, withGpu, changing, play(up, crashed)];
  for (const state of states) {
    const next = play(state, { type: "start", worker: "new", given: null });
    assert.deepEqual([next, workersOf(next)], [{ phase: "starting", worker: "new", given: null }, ["new"]]);
  }
});

test("what is reported of a worker that has been replaced changes nothing", () => {
  const old = { worker: "old", checkpoint: newest };
  for (const state of [off, play(off, start), up, withGpu, changing, play(up, crashed)]) {
    for (const type of ["started", "start-failed", "handed-over", "crashed", "rescued"]) {
      assert.equal(transition(state, { type, ...old }), state, `${type} in ${state.phase}`);
    }
  }
});

test("calls wait while a worker starts, and both workers live until one is replaced", () => {
  const [starting, dying] = [play(off, start), play(up, crashed)];
  assert.deepEqual([off, starting, up, withGpu, changing, dying].map(callsWait), [false, true, false, false, true, false]);
  assert.deepEqual([off, starting, up, withGpu, changing, dying].map(workersOf), [[], ["cpu"], ["cpu"], ["cpu", "gpu"], ["cpu", "gpu"], ["cpu"]]);
});
