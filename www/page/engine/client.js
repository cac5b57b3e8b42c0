// The page's end of the worker: numbered calls, events, and what happens when the engine dies.

import { phrase } from "../../shared/phrase.js";
import { createCalls } from "./calls.js";
import { callsWait, transition, workersOf } from "./life.js";

/** What ends a call whose worker has been replaced. */
const RESTARTED = { code: "restarted", message: phrase("engine.restarted"), hint: "" };

/** How long a worker may need to hand over its checkpoint, which it may still be storing. */
const CHECKPOINT_WAIT_MS = 10_000;

/**
 * @typedef {{
 *   onEvent: (event: Exclude<Fedner.EngineEvent, {kind: "checkpoint"}>, session: string) => void,
 *   onFacts: (facts: Page.EngineFacts) => void,
 *   onPrevious: () => void,
 *   onPeers: (peers: Page.Peers) => void,
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
  const client = new EngineClient(workerUrl, listener);
  return {
    call: (name, ...args) => client.call(name, ...args),
    start: (options) => client.start(options),
    prepareGpu: (times) => client.prepareGpu(times),
    takeOver: (options, onChange) => client.takeOver(options, onChange),
    lastCheckpoint: () => client.lastCheckpoint(),
  };
}

class EngineClient {
  /** @type {import("./life.js").Life<Connection>} */
  #life = { phase: "off", checkpoint: null };
  #calls = createCalls();
  #workerUrl;
  #listener;

  /**
   * @param {URL} workerUrl
   * @param {Listener} listener
   */
  constructor(workerUrl, listener) {
    this.#workerUrl = workerUrl;
    this.#listener = listener;
  }

  /**
   * @param {import("./life.js").LifeEvent<Connection>} event
   * @returns {boolean} whether it has changed anything
   */
  #happened(event) {
    const before = this.#life;
    this.#life = transition(before, event);
    if (this.#life === before) return false;
    const alive = workersOf(this.#life);
    for (const connection of workersOf(before)) if (!alive.includes(connection)) end(connection);
    this.#calls.lookAgain();
    return true;
  }

  /** @type {Page.Engine["call"]} */
  call(name, ...args) {
    if (!callsWait(this.#life)) return this.#send(name, ...args);
    return this.#calls.change().then(() => this.call(name, ...args));
  }

  /** @type {Page.Engine["call"]} */
  #send(name, ...args) {
    if (this.#life.phase === "off") {
      return Promise.reject({ code: "not-ready", message: phrase("engine.not-running"), hint: phrase("engine.restart-hint") });
    }
    const { worker } = this.#life.worker;
    return this.#calls.add((id) => worker.postMessage({ id, call: name, args }));
  }

  /**
   * The checkpoint of the worker in use; null when it has none or does not answer.
   * @returns {Promise<Uint8Array | null>}
   */
  #checkpointOfWorker() {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, CHECKPOINT_WAIT_MS, null);
      this.#send("lastCheckpoint")
        .catch(() => null)
        .then((checkpoint) => {
          clearTimeout(timer);
          resolve(checkpoint);
        });
    });
  }

  /**
   * The engine has died. Its worker is ended, or its open streams would make the server believe that the site is still there;
   * the newest checkpoint is fetched from it before.
   * @param {Connection} dead
   * @param {Page.Failure} failure
   */
  async #crashed(dead, failure) {
    if (!this.#happened({ type: "crashed", worker: dead })) return;
    this.#calls.failAll(failure);
    this.#listener.onDown(failure);
    if (this.#life.phase !== "dying") return;
    const checkpoint = await this.#checkpointOfWorker();
    if (this.#happened({ type: "rescued", worker: dead, checkpoint })) this.#calls.failAll(failure);
  }

  /**
   * @param {Connection} connection
   * @param {Page.WorkerMessage} message
   */
  #take(connection, message) {
    const listener = this.#listener;
    if ("result" in message) {
      listener.onFacts(message.facts);
      this.#calls.answer(message.id, message.result);
    } else if ("id" in message) this.#calls.fail(message.id, message.failure);
    else if ("has_previous" in message) listener.onPrevious();
    else if ("peers" in message) listener.onPeers(message.peers);
    else if ("event" in message) listener.onEvent(message.event, connection.session);
    else if ("checkpoint_stored" in message) listener.onCheckpoint(message.checkpoint_stored);
    else if ("checkpoint_unstored" in message) listener.onUnstored(message.checkpoint_unstored.failure);
    else if ("crashed" in message) this.#crashed(connection, message.crashed);
    else listener.onStray(message.stray);
  }

  /**
   * Starts the engine in a worker that has just become the one in use.
   * @param {Connection} own
   * @param {Page.StartOptions} options
   * @returns {Promise<Page.Started>}
   */
  async #startIn(own, options) {
    const inUse = () => this.#life.phase !== "off" && this.#life.worker === own;
    const { worker } = own;
    worker.onmessage = ({ data }) => inUse() && this.#take(own, data);
    worker.onmessageerror = () => this.#listener.onStray(workerFailure(phrase("engine.stray")));
    worker.onerror = (event) => {
      event.preventDefault();
      if (inUse()) this.#crashed(own, loadingFailure(event));
    };
    try {
      const started = await this.#send("start", options);
      this.#happened({ type: "started", worker: own });
      return started;
    } catch (failure) {
      this.#happened({ type: "start-failed", worker: own });
      throw failure;
    }
  }

  /** @type {Page.Engine["start"]} */
  start(options) {
    const own = connect(this.#workerUrl);
    this.#happened({ type: "start", worker: own, given: options.checkpoint });
    this.#calls.failAll(RESTARTED);
    return this.#startIn(own, options);
  }

  /** @type {Page.Engine["prepareGpu"]} */
  prepareGpu(times) {
    const own = connect(this.#workerUrl);
    if (!this.#happened({ type: "gpu-prepared", gpu: own })) {
      end(own);
      return Promise.reject(RESTARTED);
    }
    return new Promise((resolve, reject) => {
      own.onEnd = reject;
      /** @param {Page.Failure} failure */
      const drop = (failure) => {
        own.failure = failure;
        this.#happened({ type: "gpu-gone", gpu: own });
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
  async #quiet(next) {
    do {
      if (this.#calls.open() > 0) await this.#calls.change();
      // A call that follows from an answer is made before this turn ends.
      await new Promise((resolve) => setTimeout(resolve));
    } while (this.#calls.open() > 0 && workersOf(this.#life).includes(next));
  }

  /** @type {Page.Engine["takeOver"]} */
  async takeOver(options, onChange) {
    const next = this.#life.phase === "up" ? this.#life.gpu : null;
    if (!next) throw RESTARTED;
    await this.#quiet(next);
    const life = this.#life;
    if (life.phase !== "up" || !this.#happened({ type: "change", gpu: next })) throw next.failure ?? RESTARTED;
    onChange();
    const checkpoint = await this.#checkpointOfWorker();
    if (!this.#happened({ type: "handed-over", worker: life.worker, checkpoint })) throw next.failure ?? RESTARTED;
    return this.#startIn(next, { ...options, checkpoint: checkpoint ?? life.given });
  }

  /** @type {Page.Engine["lastCheckpoint"]} */
  async lastCheckpoint() {
    while (this.#life.phase === "dying") await this.#calls.change();
    if (this.#life.phase === "off") return this.#life.checkpoint;
    const { phase, given } = this.#life;
    return phase === "starting" ? given : ((await this.#checkpointOfWorker()) ?? given);
  }
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
  return workerFailure(event.message || phrase("engine.not-loaded"));
}

/**
 * @param {Page.Said} message
 * @returns {Page.Failure}
 */
function workerFailure(message) {
  return { code: "worker-error", message, hint: phrase("engine.reload-hint") };
}
