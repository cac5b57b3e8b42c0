// Starts the engine, keeps its corpus equal to the page's notes, and restarts it after a fault.

import { rememberTimes, rememberedTimes } from "../browser/device-times.js";
import { createEngineClient } from "../engine/client.js";
import { allAnew, corpusChange, corpusDiffers, trainedOn, wholeCorpus } from "../state/corpus.js";
import { trainedLabels } from "../state/labels.js";
import { asFailure, report } from "./failures.js";

/** Failures that say "nothing to train on", which is no fault while nobody asked for training. */
const NOTHING_TO_TRAIN = ["no-labels", "no-training-notes"];

/** How long a federation may wait for the GPU; then it is taken part in on the CPU. */
const GPU_WAIT_MS = 60_000;

/** How long nobody edits before the notes are summed up, and how much longer for a million characters that are all summed up anew. */
const CORPUS_WAIT_MS = 2000;
const CORPUS_WAIT_PER_MILLION_MS = 2000;

/**
 * @param {Page.Context} context
 * @param {(participation: Fedner.Participation) => void} onEnrolled
 */
export function engineService({ store }, onEnrolled) {
  let corpusIsNew = true;
  let loading = false;
  /** What the engine was given; null: it must be given all of it. @type {import("../state/corpus.js").TrainedOn | null} */
  let given = null;
  /** Counts the engines: what one was given, the next one does not have. */
  let engines = 0;
  /** @type {Promise<void>} */
  let handing_over = Promise.resolve();
  /** @type {Promise<void>} */ // the change to a GPU, where there is one
  let better = Promise.resolve();

  const client = createEngineClient(new URL("../../worker/main.js", import.meta.url), {
    onEvent(event, session) {
      if (event.kind === "enrolled") onEnrolled(event.participation);
      store.dispatch({ type: "engine-event", event, session, now_ms: Date.now() });
    },
    onFacts({ has_model, has_previous }) {
      const known = store.get();
      if (has_model === known.has_model && has_previous === known.has_previous) return;
      store.dispatch({ type: "patch", patch: { has_model, has_previous } });
    },
    onPrevious: () => store.dispatch({ type: "patch", patch: { has_previous: true } }),
    onCheckpoint({ time_ms }) {
      store.dispatch({ type: "model-changed", patch: { checkpoint_ms: time_ms, checkpoint_unstored: false, has_model: true } });
    },
    onUnstored(failure) {
      store.dispatch({ type: "model-changed", patch: { checkpoint_unstored: true, has_model: true } });
      report(store, failure);
    },
    onStray: (failure) => report(store, failure),
    onDown(failure) {
      store.dispatch({ type: "patch", patch: { ready: false, engine: "down" } });
      report(store, failure);
    },
  });

  /**
   * Starts the engine anew; a failure is shown with the ways on, and the page goes on with the CPU or without an engine.
   * @param {Uint8Array | null} checkpoint null: the stored one
   */
  async function start(checkpoint) {
    const { device } = store.get().settings;
    const fault = await tried(checkpoint, device);
    if (fault === null || asFailure(fault).code === "restarted") return;
    // The GPU's part of the page may have failed in ways it can't tell by itself: the small one is another program.
    const otherwise = device === "webgpu" ? await tried(checkpoint, "cpu") : fault;
    if (otherwise !== null) store.dispatch({ type: "patch", patch: { ready: false, engine: "down" } });
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
    store.dispatch({ type: "patch", patch: { ready: false, engine: "starting" } });
    const started = await client.start({ workspace, device, times: rememberedTimes(), writable, checkpoint });
    isAnother();
    takeIn(started);
    const formats = await client.call("formats");
    store.dispatch({ type: "patch", patch: { formats } });
    await loadCorpusQuietly();
    store.dispatch({ type: "patch", patch: { ready: true, engine: "up" } });
    performance.mark("ready");
    if (started.better_device) better = changeToGpu();
  }

  function isAnother() {
    engines += 1;
    corpusIsNew = true;
    given = null;
  }

  /** @param {Page.Started} started */
  function takeIn(started) {
    if (started.restore_failure) report(store, started.restore_failure, ["download-checkpoint"]);
    const { run } = store.get();
    const version = started.restored?.version ?? run.version;
    store.dispatch({ type: "patch", patch: { device: started.device, model: started.restored, run: { ...run, version } } });
  }

  /** Gets the GPU ready while the CPU works, and changes to it when the engine has nothing to do. */
  async function changeToGpu() {
    let changed = false;
    try {
      const { device, times, slower } = await client.prepareGpu(rememberedTimes());
      if (times) rememberTimes(times);
      if (slower) return stayOnCpu(slower);
      if (device.kind !== "webgpu") {
        // Its report says why.
        store.dispatch({ type: "patch", patch: { device } });
        return;
      }
      const { workspace, writable } = store.get();
      const started = await client.takeOver({ workspace, device: "webgpu", times: null, writable }, () => {
        changed = true;
        isAnother();
      });
      takeIn(started);
      await loadCorpusQuietly();
    } catch (fault) {
      const { code, message } = asFailure(fault);
      if (code === "restarted") return;
      if (changed) {
        store.dispatch({ type: "patch", patch: { ready: false, engine: "down" } });
        report(store, fault, ["restart-engine", "use-cpu"]);
        return;
      }
      stayOnCpu(`The GPU could not be used: ${message}`);
    }
  }

  /** @param {string} reason */
  function stayOnCpu(reason) {
    const { device } = store.get();
    if (device) store.dispatch({ type: "patch", patch: { device: { ...device, reason } } });
  }

  /** Waits until it is known whether the GPU is used; not for a change that has to wait itself. */
  async function settled() {
    const limit = new Promise((resolve) => setTimeout(resolve, GPU_WAIT_MS));
    await Promise.race([better, limit]);
  }

  /** Restarts from the newest checkpoint, stored or not. */
  async function restart() {
    await start(await client.lastCheckpoint());
  }

  /** Gives the engine the notes as they are. One after another: a change is told against what it has by then. */
  function loadCorpus() {
    const own = handing_over.then(handOver);
    handing_over = own.catch(() => {});
    return own;
  }

  async function handOver() {
    if (!corpusIsNew) return;
    const { documents, labels } = store.get();
    const wanted = trainedOn(documents, labels);
    if (wanted.labels.length === 0) {
      store.dispatch({ type: "patch", patch: { corpus: null } });
      throw documents.length === 0
        ? { code: "no-training-notes", message: "There are no notes to train on yet.", hint: "Choose files, or try with sample notes." }
        : { code: "no-labels", message: "No label to train on.", hint: "Tick at least one label, or add notes with labelled entities." };
    }
    corpusIsNew = false;
    const change = given && !allAnew(given, wanted.labels) ? corpusChange(given, wanted) : null;
    given = null;
    const own = engines;
    try {
      const summary = await (change ? client.call("updateCorpus", change) : client.call("loadCorpus", wholeCorpus(wanted)));
      if (own === engines) given = wanted;
      store.dispatch({ type: "patch", patch: { corpus: { ...summary, left_out: wanted.left_out } } });
      tellProblems(summary, documents);
    } catch (fault) {
      corpusIsNew = true;
      throw fault;
    }
  }

  /**
   * @param {Fedner.CorpusSummary} summary
   * @param {Page.Note[]} documents
   */
  function tellProblems(summary, documents) {
    const named = new Map(documents.map((note) => [note.id, note.name]));
    for (const { document, message } of summary.problems) {
      store.dispatch({ type: "noticed", message: `${named.get(document) ?? document}: ${message}`, now_ms: Date.now() });
    }
  }

  async function loadCorpusQuietly() {
    try {
      await loadCorpus();
    } catch (fault) {
      const code = /** @type {any} */ (fault)?.code;
      if (!NOTHING_TO_TRAIN.includes(code)) throw fault;
    }
  }

  let changed_ms = 0;
  store.subscribe((state, before) => {
    const changed = corpusDiffers(state.documents, before.documents) || state.labels !== before.labels;
    if (changed) {
      corpusIsNew = true;
      changed_ms = performance.now();
    }
    if (!corpusIsNew || loading || !state.ready || state.run.kind !== "idle" || state.importing) return;
    loading = true;
    const come_or_gone = state.documents.length !== before.documents.length || state.importing !== before.importing;
    if (state.corpus === null || come_or_gone) setTimeout(sumUp);
    else sumUpInAPause();
  });

  /**
   * While somebody marks, only once they pause: the longer if all notes go to the worker, which then answers nothing else.
   * Training itself never waits.
   */
  function sumUpInAPause() {
    const { documents, labels } = store.get();
    const characters = allAnew(given, trainedLabels(documents, labels).sort()) ? documents.reduce((sum, note) => sum + note.text.length, 0) : 0;
    const wait_ms = CORPUS_WAIT_MS + (characters / 1e6) * CORPUS_WAIT_PER_MILLION_MS;
    const left_ms = changed_ms + wait_ms - performance.now();
    if (left_ms > 0) setTimeout(sumUpInAPause, left_ms);
    else sumUp();
  }

  function sumUp() {
    if (store.get().run.kind !== "idle") {
      // Training has taken them itself; what changes meanwhile is summed up after it.
      loading = false;
      return;
    }
    loadCorpusQuietly()
      .catch((fault) => report(store, fault))
      .finally(() => {
        loading = false;
      });
  }

  return { call: client.call, lastCheckpoint: client.lastCheckpoint, start, restart, settled, loadCorpus };
}

/** @typedef {ReturnType<typeof engineService>} EngineService */
