import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { createLease, keepLease, LEASE_MS, LOOK_MS, RENEW_MS, waitForLease } from "../page/storage/lease.js";

/** What tabs of one browser share. */
function shared() {
  const kept = { lease: undefined };
  const store = { exchange: async (change) => (kept.lease = change(kept.lease)), remove: () => (kept.lease = undefined) };
  return { kept, tab: (name) => createLease(store, name) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Lets time pass in the steps of the timers. */
async function pass(ms) {
  for (let past = 0; past < ms; past += LOOK_MS) {
    mock.timers.tick(LOOK_MS);
    await settled();
  }
}

/** Runs a test on a clock of its own; what it gives `pagehide` ends the first tab. */
function onFakeClock(body) {
  return async () => {
    mock.timers.enable({ apis: ["setInterval", "Date"] });
    const leave = [];
    globalThis.addEventListener = (_, listener) => leave.push(listener);
    try {
      await body(leave);
    } finally {
      mock.timers.reset();
    }
  };
}

test("only one tab works, and the other one once the first is gone", onFakeClock(async (leave) => {
  const { tab } = shared();
  const [first, second] = [tab("first"), tab("second")];
  assert.deepEqual([await first.take(), await second.take()], [true, false]);
  keepLease(first);
  let free = false;
  waitForLease(second).then(() => (free = true));
  await pass(3 * LEASE_MS);
  assert.equal(free, false, "the first one renews");
  leave[0]();
  await pass(LOOK_MS);
  assert.equal(free, true);
}));

test("a tab that was killed keeps the others out for no longer than a lease", onFakeClock(async () => {
  const { tab } = shared();
  const second = tab("second");
  await tab("killed").take();
  let free = false;
  waitForLease(second).then(() => (free = true));
  await pass(LEASE_MS - LOOK_MS);
  assert.equal(free, false);
  await pass(2 * LOOK_MS);
  assert.equal(free, true);
}));

test("a tab that was suspended for too long learns that it has lost its lease", onFakeClock(async () => {
  const { kept, tab } = shared();
  const first = tab("first");
  await first.take();
  let lost = false;
  keepLease(first).then(() => (lost = true));
  await pass(RENEW_MS);
  assert.equal(lost, false);
  kept.lease = { owner: "second", until_ms: Date.now() + LEASE_MS };
  await pass(RENEW_MS);
  assert.equal(lost, true);
  first.release();
  assert.equal(kept.lease.owner, "second", "nobody gives up the lease of another tab");
}));
