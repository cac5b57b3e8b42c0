// Starts the engine, changes to a GPU that is faster, and restarts it after a fault.

import { rememberTimes, rememberedTimes } from "../browser/device-times.js";
import { createEngineClient } from "../engine/client.js";
import { corpusService } from "./corpus.js";
import { asFailure, report } from "./failures.js";

/** How long a federation may wait for the GPU; then it takes part on the CPU. */
const GPU_WAIT_MS = 60_000;

/**
 * @param {Page.Context} context
 * @param {(participation: Fedner.Participation) => void} onEnrolled
 */
export function engineService({ store }, onEnrolled) {
  /** The change to a GPU, where there is one. @type {Promise<void>} */
  let better = Promise.resolve();

  const client = createEngineClient(new URL("../../worker/main.js", import.meta.url), {
    onEvent(event, session) {
      if (event.kind === "enrolled") onEnrolled(event.participation);
      store.dispatch({ type: "engine-event", event, session, now_ms: Date.now() });
    },
    onFacts: (facts) => store.dispatch({ type: "engine-facts", ...facts }),
    onPrevious: () => store.dispatch({ type: "model-set-aside" }),
    onCheckpoint: ({ time_ms }) => store.dispatch({ type: "checkpoint-stored", time_ms }),
    onUnstored(failure) {
      store.dispatch({ type: "checkpoint-unstored" });
      report(store, failure);
    },
    onStray: (failure) => report(store, failure),
    onDown(failure) {
      store.dispatch({ type: "engine-down" });
      report(store, failure);
    },
  });
  const corpus = corpusService(store, client.call);

  /**
   * Starts the engine again. A failure is shown, and the page uses the CPU or has no engine.
   * @param {Uint8Array | null} checkpoint null: the stored one
   */
  async function start(checkpoint) {
    const { device } = store.get().settings;
    const fault = await tried(checkpoint, device);
    if (fault === null || asFailure(fault).code === "restarted") return;
    // The GPU's module may fail in ways it can't report; the small module is another program.
    const otherwise = device === "webgpu" ? await tried(checkpoint, "cpu") : fault;
    if (otherwise !== null) store.dispatch({ type: "engine-down" });
    report(store, fault, otherwise === null ? [] : ["restart-engine", "use-cpu"]);
  }

  /**
   * @param {Uint8Array | null} checkpoint
   * @param {Fedner.DeviceChoice} device
   * @returns {Promise<unknown>} what went wrong; null: nothing
   */
  async function tried(checkpoint, device) {
    try {
      await startOrThrow(checkpoint, device);
      return null;
    } catch (fault) {
      return fault ?? new Error("The training engine did not start.");
    }
  }

  /**
   * @param {Uint8Array | null} checkpoint
   * @param {Fedner.DeviceChoice} device
   */
  async function startOrThrow(checkpoint, device) {
    const { workspace, writable } = store.get();
    store.dispatch({ type: "engine-starting" });
    const started = await client.start({ workspace, device, times: rememberedTimes(), writable, checkpoint });
    corpus.engineReplaced();
    hasStarted(started);
    store.dispatch({ type: "formats-found", formats: await client.call("formats") });
    await corpus.loadIfAny();
    store.dispatch({ type: "engine-ready" });
    performance.mark("ready");
    if (started.better_device) better = changeToGpu();
  }

  /** @param {Page.Started} started */
  function hasStarted({ device, restored, restore_failure }) {
    if (restore_failure) report(store, restore_failure, ["download-checkpoint"]);
    store.dispatch({ type: "engine-started", device, model: restored });
  }

  /** Gets the GPU ready while the CPU works, and changes to it when the engine has nothing to do. */
  async function changeToGpu() {
    let changed = false;
    try {
      const { device, times, slower } = await client.prepareGpu(rememberedTimes());
      if (times) rememberTimes(times);
      if (slower) return stayOnCpu(slower);
      if (device.kind !== "webgpu") {
        // The device says why.
        store.dispatch({ type: "device-found", device });
        return;
      }
      const { workspace, writable } = store.get();
      const started = await client.takeOver({ workspace, device: "webgpu", times: null, writable }, () => {
        changed = true;
        corpus.engineReplaced();
      });
      hasStarted(started);
      await corpus.loadIfAny();
    } catch (fault) {
      const { code, message } = asFailure(fault);
      if (code === "restarted") return;
      if (changed) {
        store.dispatch({ type: "engine-down" });
        report(store, fault, ["restart-engine", "use-cpu"]);
        return;
      }
      stayOnCpu(`The GPU could not be used: ${message}`);
    }
  }

  /** @param {string} reason */
  function stayOnCpu(reason) {
    store.dispatch({ type: "device-kept", reason });
  }

  /** Waits until it is decided whether the GPU is used, at most `GPU_WAIT_MS`. */
  async function settled() {
    const limit = new Promise((resolve) => setTimeout(resolve, GPU_WAIT_MS));
    await Promise.race([better, limit]);
  }

  /** Restarts from the newest checkpoint, stored or not. */
  async function restart() {
    await start(await client.lastCheckpoint());
  }

  return { call: client.call, lastCheckpoint: client.lastCheckpoint, start, restart, settled, loadCorpus: corpus.load };
}

/** @typedef {ReturnType<typeof engineService>} EngineService */
