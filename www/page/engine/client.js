// The page's end of the worker: numbered calls, events, and what happens when the engine dies.

import { createCalls } from "./calls.js";
import { callsWait, transition, workersOf } from "./life.js";

/** What ends a call whose worker has been replaced. */
const RESTARTED = { code: "restarted", message: "The training engine was restarted.", hint: "" };

/** How long a worker may need to hand over its checkpoint, which it may still be storing. */
const CHECKPOINT_WAIT_MS = 10_000;

/**
 * @typedef {{
 *   onEvent: (event: Exclude<Fedner.EngineEvent, {kind: "checkpoint"}>, session: string) => void,
 *   onFacts: (facts: Page.EngineFacts) => void,
 *   onPrevious: () => void,
 *   onCheckpoint: (stored: {bytes: number, time_ms: number}) => void,
 *   onUnstored: (failure: Page.Failure) => void,
 *   onStray: (failure: Page.Failure) => void,
 *   onDown: (failure: Page.Failure) => void,
 * }} Listener
 */

/**
 * A worker. `session` names its engine in the ledger; `failure` says why it was ended.
 * @typedef {{worker: Worker, session: string, failure: Page.Failure | null, onEnd: (failure: Page.Failure) => void}} Connection
 */

/**
 * @param {URL} workerUrl
 * @param {Listener} listener
 * @returns {Page.Engine}
 */
export function createEngineClient(workerUrl, listener) {
  /** @type {import("./life.js").Life<Connection>} */
  let life = { phase: "off", checkpoint: null };
  const calls = createCalls();

  /**
   * @param {import("./life.js").LifeEvent<Connection>} event
   * @returns {boolean} whether it has changed anything
   */
  function happened(event) {
    const before = life;
    life = transition(life, event);
    if (life === before) return false;
    const alive = workersOf(life);
    for (const connection of workersOf(before)) if (!alive.includes(connection)) end(connection);
    calls.lookAgain();
    return true;
  }

  /** @type {Page.Engine["call"]} */
  function call(name, ...args) {
    return callsWait(life) ? calls.change().then(() => call(name, ...args)) : send(name, ...args);
  }

  /** @type {Page.Engine["call"]} */
  function send(name, ...args) {
    if (life.phase === "off") {
      return Promise.reject({ code: "not-ready", message: "The training engine is not running.", hint: "Restart the engine." });
    }
    const { worker } = life.worker;
    return calls.add((id) => worker.postMessage({ id, call: name, args }));
  }

  /**
   * The checkpoint of the worker in use; null when it has none or does not answer.
   * @returns {Promise<Uint8Array | null>}
   */
  function checkpointOfWorker() {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, CHECKPOINT_WAIT_MS, null);
      send("lastCheckpoint")
        .catch(() => null)
        .then((checkpoint) => {
          clearTimeout(timer);
          resolve(checkpoint);
        });
    });
  }

  /**
   * The engine has died. Its worker is ended, or its open streams would tell the server that the site is still there;
   * the newest checkpoint is fetched from it before.
   * @param {Connection} dead
   * @param {Page.Failure} failure
   */
  async function crashed(dead, failure) {
    if (!happened({ type: "crashed", worker: dead })) return;
    calls.failAll(failure);
    listener.onDown(failure);
    if (life.phase !== "dying") return;
    const checkpoint = await checkpointOfWorker();
    if (happened({ type: "rescued", worker: dead, checkpoint })) calls.failAll(failure);
  }

  /**
   * @param {Connection} connection
   * @param {Page.WorkerMessage} message
   */
  function take(connection, message) {
    if ("result" in message) {
      listener.onFacts(message.facts);
      calls.answer(message.id, message.result);
    } else if ("id" in message) calls.fail(message.id, message.failure);
    else if ("has_previous" in message) listener.onPrevious();
    else if ("event" in message) listener.onEvent(message.event, connection.session);
    else if ("checkpoint_stored" in message) listener.onCheckpoint(message.checkpoint_stored);
    else if ("checkpoint_unstored" in message) listener.onUnstored(message.checkpoint_unstored.failure);
    else if ("crashed" in message) crashed(connection, message.crashed);
    else listener.onStray(message.stray);
  }

  /**
   * Starts the engine in a worker that has just become the one in use.
   * @param {Connection} own
   * @param {Page.StartOptions} options
   * @returns {Promise<Page.Started>}
   */
  async function startIn(own, options) {
    const inUse = () => life.phase !== "off" && life.worker === own;
    own.worker.onmessage = ({ data }) => inUse() && take(own, data);
    own.worker.onmessageerror = () => listener.onStray(workerFailure("A message from the training engine could not be read."));
    own.worker.onerror = (event) => {
      event.preventDefault();
      if (inUse()) crashed(own, loadingFailure(event));
    };
    try {
      const started = await send("start", options);
      happened({ type: "started", worker: own });
      return started;
    } catch (failure) {
      happened({ type: "start-failed", worker: own });
      throw failure;
    }
  }

  /** @type {Page.Engine["start"]} */
  function start(options) {
    const own = connect(workerUrl);
    happened({ type: "start", worker: own, given: options.checkpoint });
    calls.failAll(RESTARTED);
    return startIn(own, options);
  }

  /** @type {Page.Engine["prepareGpu"]} */
  function prepareGpu(times) {
    const own = connect(workerUrl);
    if (!happened({ type: "gpu-prepared", gpu: own })) {
      end(own);
      return Promise.reject(RESTARTED);
    }
    return new Promise((resolve, reject) => {
      own.onEnd = reject;
      /** @param {Page.Failure} failure */
      const drop = (failure) => {
        own.failure = failure;
        happened({ type: "gpu-gone", gpu: own });
      };
      own.worker.onmessage = ({ data }) => {
        const message = /** @type {Page.WorkerMessage} */ (data);
        if ("result" in message) {
          const outcome = /** @type {Page.Prepared} */ (message.result);
          resolve(outcome);
          // The GPU was tried and can't be used, or is slower: there is nothing to change to.
          if (outcome.device.kind !== "webgpu" || outcome.slower) drop(RESTARTED);
        } else if ("failure" in message) drop(message.failure);
        else if ("crashed" in message) drop(message.crashed);
      };
      own.worker.onerror = (event) => {
        event.preventDefault();
        drop(loadingFailure(event));
      };
      own.worker.postMessage({ id: 0, call: "prepareGpu", args: [times] });
    });
  }

  /**
   * Waits until no call is open, and whoever has just had an answer makes no further one.
   * @param {Connection} next no longer once this worker is gone
   */
  async function quiet(next) {
    do {
      if (calls.open() > 0) await calls.change();
      // What follows from an answer at once is asked before this turn ends.
      await new Promise((resolve) => setTimeout(resolve));
    } while (calls.open() > 0 && workersOf(life).includes(next));
  }

  /** @type {Page.Engine["takeOver"]} */
  async function takeOver(options, onChange) {
    const next = life.phase === "up" ? life.gpu : null;
    if (!next) throw RESTARTED;
    await quiet(next);
    if (life.phase !== "up" || !happened({ type: "change", gpu: next })) throw next.failure ?? RESTARTED;
    const { worker: old, given } = life;
    onChange();
    const checkpoint = await checkpointOfWorker();
    if (!happened({ type: "handed-over", worker: old, checkpoint })) throw next.failure ?? RESTARTED;
    return startIn(next, { ...options, checkpoint: checkpoint ?? given });
  }

  /** @type {Page.Engine["lastCheckpoint"]} */
  async function lastCheckpoint() {
    while (life.phase === "dying") await calls.change();
    if (life.phase === "off") return life.checkpoint;
    const { given } = life;
    return life.phase === "starting" ? given : ((await checkpointOfWorker()) ?? given);
  }

  return { call, start, prepareGpu, takeOver, lastCheckpoint };
}

/** @param {URL} workerUrl @returns {Connection} */
function connect(workerUrl) {
  const worker = new Worker(workerUrl, { type: "module", name: "fedner" });
  return { worker, session: Date.now().toString(36), failure: null, onEnd: () => {} };
}

/** @param {Connection} connection */
function end(connection) {
  connection.failure ??= RESTARTED;
  connection.worker.terminate();
  connection.onEnd(connection.failure);
}

/** @param {ErrorEvent} event */
function loadingFailure(event) {
  return workerFailure(event.message || "The training engine’s files could not be loaded.");
}

/**
 * @param {string} message
 * @returns {Page.Failure}
 */
function workerFailure(message) {
  return { code: "worker-error", message, hint: "Restart the engine. If it happens again, reload the page." };
}
