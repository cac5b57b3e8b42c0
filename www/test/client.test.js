import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngineClient } from "../page/engine/client.js";

const crash = { code: "engine-crashed", message: "trap", hint: "" };
const checkpoint = new Uint8Array([1, 2, 3]);
const silent = { onFacts() {}, onEvent() {}, onCheckpoint() {}, onUnstored() {}, onStray() {} };

/** Stands for the browser's Worker: the test answers what the page asks. */
class FakeWorker {
  static made = [];
  asked = [];
  ended = false;
  constructor() {
    FakeWorker.made.push(this);
  }
  postMessage(request) {
    this.asked.push(request);
  }
  terminate() {
    this.ended = true;
  }
  answer(call, result) {
    const { id } = this.asked.find((request) => request.call === call);
    this.onmessage({ data: { id, result, facts: { has_model: true } } });
  }
}

async function started(options = { checkpoint: null }) {
  globalThis.Worker = FakeWorker;
  const failures = [];
  const client = createEngineClient(new URL("file:///worker.js"), { ...silent, onDown: (failure) => failures.push(failure.code) });
  const up = client.start(options);
  const worker = FakeWorker.made.at(-1);
  worker.answer("start", {});
  await up;
  return { client, worker, failures };
}

test("a crashed engine's worker hands over its checkpoint, then it is ended", async () => {
  const { client, worker, failures } = await started();
  const run = assert.rejects(client.call("participate", {}), crash);
  worker.onmessage({ data: { crashed: crash } });
  await run;
  worker.onmessage({ data: { crashed: crash } });
  assert.equal(worker.ended, false, "not before the checkpoint is here");
  worker.answer("lastCheckpoint", checkpoint);
  assert.equal(await client.lastCheckpoint(), checkpoint);
  assert.equal(await client.lastCheckpoint(), checkpoint, "it is kept in the page");
  assert.equal(worker.ended, true);
  assert.deepEqual(failures, ["engine-crashed"], "reported once");
  await assert.rejects(client.call("save"), { code: "not-ready" });
});

test("a restart ends a run under way with a code of its own", async () => {
  const { client, worker } = await started();
  const run = assert.rejects(client.call("participate", {}), { code: "restarted" });
  client.start({ checkpoint: null }).catch(() => {});
  await run;
  assert.equal(worker.ended, true);
});

test("the checkpoint handed to a worker is not lost when its engine dies before taking it", async () => {
  const { client } = await started();
  client.start({ checkpoint }).catch(() => {});
  const worker = FakeWorker.made.at(-1);
  worker.onmessage({ data: { crashed: crash } });
  assert.equal(await client.lastCheckpoint(), checkpoint);
  assert.equal(worker.ended, true);
});

const options = { workspace: "w", device: "webgpu", writable: true };
const gpu = { kind: "webgpu" };
const times = { of: "module adapter", adapter: "adapter", cpu_ms: 12, webgpu_ms: 3 };
const fast = { device: gpu, times, slower: null };
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

/** With a second worker that is ready to take over. */
async function prepared() {
  const { client, worker, failures } = await started();
  const outcome = client.prepareGpu(times);
  const next = FakeWorker.made.at(-1);
  assert.deepEqual(next.asked.at(-1).args, [times]);
  next.answer("prepareGpu", fast);
  assert.deepEqual(await outcome, fast);
  return { client, worker, failures, next };
}

test("a prepared engine takes over with the newest checkpoint, and what is asked meanwhile goes to it", async () => {
  const { client, worker, next } = await prepared();
  let changed = 0;
  const over = client.takeOver(options, () => (changed += 1));
  await turn();
  await turn();
  assert.equal(changed, 1);
  const predicted = client.call("predict", "text");
  worker.answer("lastCheckpoint", checkpoint);
  await turn();
  assert.equal(worker.ended, true);
  assert.deepEqual(next.asked.at(-1).args, [{ ...options, checkpoint }], "nothing is asked before it is started");
  next.answer("start", { device: gpu });
  await over;
  await turn();
  assert.equal(worker.asked.some((request) => request.call === "predict"), false);
  next.answer("predict", "found");
  assert.equal(await predicted, "found");
});

test("an engine that is busy is not replaced before it has answered", async () => {
  const { client, worker, next } = await prepared();
  const run = client.call("train", {});
  client.takeOver(options, () => {}).catch(() => {});
  await turn();
  await turn();
  assert.equal(worker.asked.some((request) => request.call === "lastCheckpoint"), false);
  // What follows from the answer at once still goes to the engine that has given it.
  const after = run.then(() => client.call("evaluate"));
  worker.answer("train", {});
  await turn();
  await turn();
  assert.equal(worker.asked.some((request) => request.call === "lastCheckpoint"), false);
  worker.answer("evaluate", "scores");
  assert.equal(await after, "scores");
  await turn();
  await turn();
  worker.answer("lastCheckpoint", checkpoint);
  await turn();
  assert.deepEqual([worker.ended, next.ended], [true, false]);
});

test("a prepared engine that dies, that computes on the CPU after all or is slower, changes nothing", async () => {
  const { client, worker, failures, next } = await prepared();
  const run = client.call("train", {});
  const over = assert.rejects(client.takeOver(options, () => assert.fail("nothing changes")), crash);
  next.onmessage({ data: { crashed: crash } });
  worker.answer("train", "trained");
  assert.equal(await run, "trained");
  await over;
  assert.deepEqual([worker.ended, next.ended, failures], [false, true, []]);
  for (const found of [{ device: { kind: "cpu" }, times: null, slower: null }, { ...fast, slower: "It takes longer." }]) {
    const outcome = client.prepareGpu(null);
    FakeWorker.made.at(-1).answer("prepareGpu", found);
    assert.deepEqual(await outcome, found);
    assert.equal(FakeWorker.made.at(-1).ended, true);
    await assert.rejects(client.takeOver(options, () => assert.fail("nothing changes")), { code: "restarted" });
  }
});

test("a restart ends a prepared engine too", async () => {
  const { client, next } = await prepared();
  client.start({ checkpoint: null }).catch(() => {});
  assert.equal(next.ended, true);
});

test("what waits for a change is reported when the engine is restarted instead", async () => {
  const { client, worker, next } = await prepared();
  const over = assert.rejects(client.takeOver(options, () => {}), { code: "restarted" });
  await turn();
  await turn();
  client.start({ checkpoint: null }).catch(() => {});
  await over;
  assert.deepEqual([worker.ended, next.ended], [true, true]);
});

test("an engine that dies while it hands over still gives its checkpoint, and the change is called off", async () => {
  const { client, worker, failures, next } = await prepared();
  const over = assert.rejects(client.takeOver(options, () => {}), { code: "restarted" });
  await turn();
  await turn();
  worker.onmessage({ data: { crashed: crash } });
  await over;
  assert.deepEqual([worker.ended, next.ended, failures], [false, true, ["engine-crashed"]]);
  const asked = worker.asked.findLast((request) => request.call === "lastCheckpoint");
  worker.onmessage({ data: { id: asked.id, result: checkpoint, facts: {} } });
  assert.equal(await client.lastCheckpoint(), checkpoint);
  assert.equal(worker.ended, true);
});

test("a call made while the engine starts waits for it, and fails if it does not start", async () => {
  const { client } = await started();
  const up = client.start({ checkpoint: null });
  const worker = FakeWorker.made.at(-1);
  const save = client.call("save");
  await turn();
  assert.deepEqual(worker.asked.map((request) => request.call), ["start"]);
  worker.answer("start", {});
  await up;
  await turn();
  worker.answer("save", checkpoint);
  assert.equal(await save, checkpoint);
  const failing = client.start({ checkpoint: null });
  const never = client.call("save");
  FakeWorker.made.at(-1).onmessage({ data: { id: FakeWorker.made.at(-1).asked[0].id, failure: crash } });
  await assert.rejects(failing, crash);
  await assert.rejects(never, { code: "not-ready" });
});
