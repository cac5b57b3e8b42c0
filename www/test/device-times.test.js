import assert from "node:assert/strict";
import { test } from "node:test";

import { rememberTimes, rememberedTimes } from "../page/browser/device-times.js";

const times = { of: "module adapter", adapter: "adapter", cpu_ms: 12, webgpu_ms: 3 };

test("what was measured is remembered", () => {
  const kept = new Map();
  globalThis.localStorage = /** @type {any} */ ({ getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text) });
  assert.equal(rememberedTimes(), null);
  rememberTimes(times);
  assert.deepEqual(rememberedTimes(), times);
});

test("what is no measurement is measured again", () => {
  for (const text of ["", "{", "null", "[]", "{}", JSON.stringify({ ...times, of: 3 }), JSON.stringify({ ...times, cpu_ms: "fast" })]) {
    globalThis.localStorage = /** @type {any} */ ({ getItem: () => text });
    assert.equal(rememberedTimes(), null, text);
  }
});

test("a browser that forbids storing changes nothing", () => {
  const forbidden = () => {
    throw new Error("not allowed");
  };
  globalThis.localStorage = /** @type {any} */ ({ getItem: forbidden, setItem: forbidden });
  rememberTimes(times);
  assert.equal(rememberedTimes(), null);
});
