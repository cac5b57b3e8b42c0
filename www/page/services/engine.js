// Starts the engine, changes to a GPU that is faster, and restarts it after a fault.

import { phrase } from "../../shared/phrase.js";
import { rememberTimes, rememberedTimes } from "../browser/device-times.js";
import { createEncoderClient } from "../encoder/client.js";
import { createEngineClient } from "../engine/client.js";
import { corpusService } from "./corpus.js";
import { EncodersService } from "./encoders.js";
import { asFailure, report } from "./failures.js";
import { NoteReader } from "./reading.js";

/** How long a federation may wait for the GPU; then it takes part on the CPU. */
const GPU_WAIT_MS = 60_000;

/**
 * @param {Page.Context} context
 * @param {(participation: Fedner.Participation) => void} onEnrolled
 */
export function engineService({ store }, onEnrolled) {
  const client = createEngineClient(new URL("../../worker/main.js", import.meta.url), {
    onEvent(event, session) {
      if (event.kind === "enrolled") onEnrolled(event.participation);
      store.dispatch({ type: "engine-event", event, session, now_ms: Date.now() });
    },
    onFacts: (facts) => store.dispatch({ type: "engine-facts", ...facts }),
    onPrevious: () => store.dispatch({ type: "model-set-aside" }),
    onPeers: (peers) => store.dispatch({ type: "peers-met", peers }),
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
  const starter = new Starter(store, client, corpus);
  const encoder = createEncoderClient(new URL("../../worker/encoder.js", import.meta.url), ({ received, total }) => {
    const { fetching } = store.get().encoders;
    if (fetching) encoders.received(fetching.pack, received, total);
  });
  const encoders = new EncodersService(store, encoder, location.origin);
  const reader = new NoteReader(store, client.call, corpus.given, encoder);
  return {
    call: /** @type {Page.Engine["call"]} */ ((name, ...args) => reader.call(name, ...args)),
    /** @type {NoteReader["retrying"]} */
    retrying: (work) => reader.retrying(work),
    encoders,
    lastCheckpoint: client.lastCheckpoint,
    loadCorpus: corpus.load,
    /** @param {Uint8Array | null} checkpoint */
    start: (checkpoint) => starter.start(checkpoint),
    restart: () => starter.restart(),
    settled: () => starter.settled(),
  };
}

/** @typedef {ReturnType<typeof engineService>} EngineService */

class Starter {
  #store;
  #client;
  #corpus;
  /** The change to a GPU, where there is one. @type {Promise<void>} */
  #better = Promise.resolve();

  /**
   * @param {Page.Store} store
   * @param {Page.Engine} client
   * @param {ReturnType<typeof corpusService>} corpus
   */
  constructor(store, client, corpus) {
    this.#store = store;
    this.#client = client;
    this.#corpus = corpus;
  }

  /**
   * Starts the engine again. A failure is shown, and the page uses the CPU or has no engine.
   * @param {Uint8Array | null} checkpoint null: the stored one
   */
  async start(checkpoint) {
    const { device } = this.#store.get().settings;
    const fault = await this.#tried(checkpoint, device);
    if (fault === null || asFailure(fault).code === "restarted") return;
    // The GPU's module may fail in ways it can't report; the small module is another program.
    const otherwise = device === "webgpu" ? await this.#tried(checkpoint, "cpu") : fault;
    if (otherwise !== null) this.#store.dispatch({ type: "engine-down" });
    report(this.#store, fault, otherwise === null ? [] : ["restart-engine", "use-cpu"]);
  }

  /**
   * @param {Uint8Array | null} checkpoint
   * @param {Fedner.DeviceChoice} device
   * @returns {Promise<unknown>} what went wrong; null: nothing
   */
  async #tried(checkpoint, device) {
    try {
      await this.#startOrThrow(checkpoint, device);
      return null;
    } catch (fault) {
      return fault ?? { code: "worker-error", message: phrase("engine.not-started"), hint: "" };
    }
  }

  /**
   * @param {Uint8Array | null} checkpoint
   * @param {Fedner.DeviceChoice} device
   */
  async #startOrThrow(checkpoint, device) {
    const { workspace, writable, settings } = this.#store.get();
    this.#store.dispatch({ type: "engine-starting" });
    const choice = settings.model_choice;
    const started = await this.#client.start({ workspace, device, times: rememberedTimes(), writable, checkpoint, choice });
    this.#corpus.engineReplaced();
    this.#hasStarted(started);
    await this.#corpus.loadIfAny();
    this.#store.dispatch({ type: "engine-ready" });
    performance.mark("ready");
    if (started.better_device) this.#better = this.#changeToGpu();
  }

  /** @param {Page.Started} started */
  #hasStarted({ device, restored, restore_failure }) {
    if (restore_failure) report(this.#store, restore_failure, ["download-checkpoint"]);
    this.#store.dispatch({ type: "engine-started", device, model: restored });
  }

  /** Gets the GPU ready while the CPU works, and changes to it when the engine has nothing to do. */
  async #changeToGpu() {
    let changed = false;
    try {
      const { device, times, slower } = await this.#client.prepareGpu(rememberedTimes());
      if (times) rememberTimes(times);
      if (slower) return this.#stayOnCpu(slower);
      if (device.kind !== "webgpu") {
        // The device says why.
        this.#store.dispatch({ type: "device-found", device });
        return;
      }
      const { workspace, writable, settings } = this.#store.get();
      const choice = settings.model_choice;
      const started = await this.#client.takeOver({ workspace, device: "webgpu", times: null, writable, choice }, () => {
        changed = true;
        this.#corpus.engineReplaced();
      });
      this.#hasStarted(started);
      await this.#corpus.loadIfAny();
    } catch (fault) {
      const { code, message } = asFailure(fault);
      if (code === "restarted") return;
      if (changed) {
        this.#store.dispatch({ type: "engine-down" });
        report(this.#store, fault, ["restart-engine", "use-cpu"]);
        return;
      }
      this.#stayOnCpu(phrase("device.gpu-failed", { detail: message }));
    }
  }

  /** @param {Page.Said} reason */
  #stayOnCpu(reason) {
    this.#store.dispatch({ type: "device-kept", reason });
  }

  /** Waits until it is decided whether the GPU is used, at most `GPU_WAIT_MS`. */
  async settled() {
    const limit = new Promise((resolve) => setTimeout(resolve, GPU_WAIT_MS));
    await Promise.race([this.#better, limit]);
  }

  /** Restarts from the newest checkpoint, stored or not. */
  async restart() {
    await this.start(await this.#client.lastCheckpoint());
  }
}
