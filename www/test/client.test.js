import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngineClient } from "../engine/client.js";

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
  const told = [];
  const client = createEngineClient(new URL("file:///worker.js"), { ...silent, onDown: (failure) => told.push(failure.code) });
  const up = client.start(options);
  const worker = FakeWorker.made.at(-1);
  worker.answer("start", {});
  await up;
  return { client, worker, told };
}

test("a crashed engine's worker hands over its checkpoint, then it is ended", async () => {
  const { client, worker, told } = await started();
  const run = assert.rejects(client.call("participate", {}), crash);
  worker.onmessage({ data: { crashed: crash } });
  await run;
  worker.onmessage({ data: { crashed: crash } });
  assert.equal(worker.ended, false, "not before the checkpoint is here");
  worker.answer("lastCheckpoint", checkpoint);
  assert.equal(await client.lastCheckpoint(), checkpoint);
  assert.equal(await client.lastCheckpoint(), checkpoint, "it is kept in the page");
  assert.equal(worker.ended, true);
  assert.deepEqual(told, ["engine-crashed"], "told once");
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
