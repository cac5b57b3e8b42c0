import assert from "node:assert/strict";
import { test } from "node:test";
import { path, roundStep, scale, smooth } from "../page/state/plot-scale.js";

test("steps are 1, 2 or 5 times a power of ten", () => {
  assert.deepEqual([0.7, 1, 1.1, 3, 6, 70, 0.03].map(roundStep).map((n) => Number(n.toPrecision(6))), [1, 1, 2, 5, 10, 100, 0.05]);
});

test("the ends are ticks and take in the data", () => {
  for (const [low, high] of [[0, 1], [0, 23.4], [3, 977], [0.001, 0.0042]]) {
    const made = scale(low, high, 0, 100);
    assert.ok(made.from <= low && made.to >= high);
    assert.equal(made.ticks[0], Number(made.from.toPrecision(12)));
    assert.equal(made.ticks.at(-1), Number(made.to.toPrecision(12)));
    assert.ok(made.ticks.length >= 2 && made.ticks.length <= 8, String(made.ticks));
  }
});

test("values are mapped linearly, also upside down", () => {
  const made = scale(0, 1, 200, 100, { wanted: 2 });
  assert.deepEqual([0, 0.5, 1].map(made.at), [200, 150, 100]);
});

test("a range without extent, or no number at all, still gives a scale", () => {
  for (const [low, high] of [[5, 5], [0, Number.NaN], [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]]) {
    const made = scale(low, high, 0, 10);
    assert.ok(Number.isFinite(made.at(made.from)) && made.to > made.from);
  }
});

test("paths and running means", () => {
  assert.equal(path([{ x: 0, y: 1 }, { x: 2.04, y: 3 }]), "M0.0 1.0L2.0 3.0");
  assert.equal(path([]), "");
  const losses = [4, 2, 0, 6].map((loss, step) => ({ step, loss }));
  assert.deepEqual(smooth(losses, 2).map((p) => p.loss), [4, 3, 1, 3]);
});

test("what is counted has whole ticks", () => {
  assert.deepEqual(scale(0, 1, 0, 100, { wanted: 6, least: 1 }).ticks, [0, 1]);
  assert.deepEqual(scale(0, 13, 0, 100, { wanted: 6, least: 1 }).ticks, [0, 5, 10, 15]);
});
