// The worker: it alone loads a wasm module, and it owns the one engine. The page sends numbered calls;
// the engine's events are passed on, except checkpoints, which are stored from here.

import { openDatabase, storageFailure } from "../shared/database.js";
import { failureOf } from "../shared/failure.js";
import { phrase } from "../shared/phrase.js";
import { deviceOf, loadEngine, loadGpuEngine, loadMasking } from "./device.js";
import { identityKeys } from "./identity.js";
import { SiteMasking } from "./masking.js";

/** @typedef {import("../shared/database.js").Database} Database */
/** @typedef {{[K in keyof Page.EngineCalls]: {id: number, call: K, args: Page.EngineCalls[K]["args"]}}[keyof Page.EngineCalls]} Request */

/** @type {any} */ // a Fedner.Engine, of whichever module was loaded; it is called by name
let engine = null;
/** @type {Database | null} */
let database = null;
let identities = identityKeys(null);
let masking = new SiteMasking(null, identities, loadMasking, () => {});
/** @type {Uint8Array | null} */
let newest = null;
/** @type {Uint8Array | null} */ // the checkpoint of a model that another one has replaced
let previous = null;
/** @type {Promise<void>} */
let storing = Promise.resolve();

self.onmessage = async ({ data }) => {
  const request = /** @type {Request} */ (data);
  try {
    const result = await answer(request);
    post({ id: request.id, result: result ?? null, facts: facts() });
  } catch (fault) {
    if (fault instanceof WebAssembly.RuntimeError) crashed(fault);
    post({ id: request.id, failure: asFailure(fault) });
  }
};

self.addEventListener("error", (event) => {
  event.preventDefault();
  stray(event.error ?? event.message);
});
self.addEventListener("unhandledrejection", (event) => stray(event.reason));

/** @param {Request} request */
async function answer(request) {
  if (request.call === "start") return start(request.args[0]);
  if (request.call === "prepareGpu") return prepareGpu(request.args[0]);
  if (request.call === "lastCheckpoint") {
    // The page may terminate this worker after the answer, so storing must be finished by then.
    await storing;
    return newest;
  }
  if (request.call === "previousCheckpoint") return previous;
  if (request.call === "storeCheckpoint") return newest ? checkpoint(newest) : null;
  if (!engine) throw { code: "not-ready", message: phrase("engine.not-running"), hint: phrase("engine.restart-hint") };
  switch (request.call) {
    case "device":
      return deviceOf(engine);
    case "cancel":
      return engine.cancel(request.args[0] ?? "run");
    case "restore": {
      const loaded = engine.load(request.args[0]);
      // What is stored is always a bare checkpoint, also where the file was a .zip with one in it.
      await checkpoint(await engine.checkpoint());
      return loaded;
    }
    case "enrol":
    case "participate": {
      const [options] = request.args;
      const identity = await identities.forEnrolment(options.federation, options.invitation);
      return engine[request.call]({ ...options, identity }, masking);
    }
    default:
      return engine[request.call](...request.args);
  }
}

/**
 * @param {Page.StartOptions} options
 * @returns {Promise<Page.Started>}
 */
async function start({ workspace, device, times, writable, checkpoint: given, choice }) {
  // A worker that was prepared for the GPU has its engine already.
  let better_device = false;
  if (!engine) ({ engine, better: better_device } = await loadEngine(device, times, onEvent));
  engine.useModel(choice);
  // The page reports a database that can't be opened.
  database = writable ? await openDatabase(workspace, null).catch(() => null) : null;
  identities = identityKeys(database);
  masking = new SiteMasking(database, identities, loadMasking, (peers) => post({ peers }));
  masking.reportAll().catch(stray);
  previous = (await database?.value("checkpoint-set-aside")) ?? null;
  const bytes = given ?? (await database?.value("checkpoint")) ?? null;
  const { restored, restore_failure } = await restore(bytes);
  // The worker that handed it over may not have stored it.
  if (given && restored) await checkpoint(given);
  return { device: deviceOf(engine), better_device, restored, restore_failure };
}

/**
 * Gets the engine for the GPU ready, beside the worker in use; nothing is read or stored.
 * @param {Page.DeviceTimes | null} times
 */
async function prepareGpu(times) {
  const loaded = await loadGpuEngine(times, onEvent);
  engine = loaded.engine;
  return loaded.prepared;
}

/** @param {Uint8Array | null} bytes */
async function restore(bytes) {
  newest = bytes;
  if (!bytes) return { restored: null, restore_failure: null };
  try {
    const restored = engine.restore(bytes);
    return { restored, restore_failure: null };
  } catch (fault) {
    if (fault instanceof WebAssembly.RuntimeError) throw fault;
    // Set aside, since the next checkpoint would overwrite it.
    await setAside(bytes);
    return { restored: null, restore_failure: asFailure(fault) };
  }
}

/**
 * Keeps a checkpoint that the next one would overwrite, until another is set aside.
 * @param {Uint8Array} bytes
 */
function setAside(bytes) {
  previous = bytes;
  // Not `facts()`: the engine can't be called from within its own event.
  post({ has_previous: true });
  storing = storing.then(async () => {
    try {
      await database?.setValue("checkpoint-set-aside", bytes);
    } catch (fault) {
      post({ checkpoint_unstored: { failure: storageFailure(fault) } });
    }
  });
  return storing;
}

/** @param {Fedner.EngineEvent} event */
function onEvent(event) {
  if (event.kind === "checkpoint") checkpoint(ownBytes(event.bytes));
  else post({ event });
  if (event.kind === "enrolled") identities.enrolled(event.participation.federation).catch(stray);
  if (event.kind === "replaced" && newest) setAside(newest);
}

/**
 * Stores a checkpoint, one after another; if the disk is slower than training, only the newest of those that wait.
 * @param {Uint8Array} bytes
 */
function checkpoint(bytes) {
  const replaced = newest;
  newest = bytes;
  storing = storing.then(async () => {
    // Later: an answer with the replaced bytes may be on its way to the page.
    setTimeout(release, 0, replaced);
    if (newest !== bytes || !database) return;
    try {
      await database.setValue("checkpoint", bytes);
      post({ checkpoint_stored: { bytes: bytes.length, time_ms: Date.now() } });
    } catch (fault) {
      post({ checkpoint_unstored: { failure: storageFailure(fault) } });
    }
  });
  return storing;
}

/**
 * A copy of bytes that lie in the engine's own memory: they would change, and be stored with all of it.
 * @param {Uint8Array} bytes
 */
function ownBytes(bytes) {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
}

/**
 * Gives the memory of a replaced checkpoint back, in browsers that can do so at once: until the browser gets to it by
 * itself, several of them take more than the engine does.
 * @param {Uint8Array | null} bytes
 */
function release(bytes) {
  const held = bytes === newest || bytes === previous;
  const buffer = /** @type {{transfer?: (length: number) => unknown} | null} */ (held ? null : (bytes?.buffer ?? null));
  buffer?.transfer?.(0);
}

/** @returns {Page.EngineFacts} */
function facts() {
  return { has_model: engine?.hasModel() ?? false, has_previous: previous !== null, encoder: engine?.encoder() ?? null };
}

/** @param {unknown} fault */
function stray(fault) {
  if (fault instanceof WebAssembly.RuntimeError) crashed(fault);
  else post({ stray: asFailure(fault) });
}

/** @param {WebAssembly.RuntimeError} fault */
function crashed(fault) {
  engine = null;
  post({
    crashed: {
      code: "engine-crashed",
      message: phrase("engine.crashed", { detail: fault.message }),
      hint: phrase("engine.crashed-hint"),
    },
  });
}

/**
 * @param {unknown} fault
 * @returns {Page.Failure}
 */
function asFailure(fault) {
  if (fault instanceof WebAssembly.RuntimeError) return { code: "engine-crashed", message: fault.message, hint: "" };
  return failureOf(fault, { code: "worker-error", hint: phrase("engine.report-hint") });
}

/** @param {Page.WorkerMessage} message */
function post(message) {
  self.postMessage(message);
}
