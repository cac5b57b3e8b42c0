// The page's end of the worker: numbered requests, events, and what happens when the engine dies.

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
 * @param {URL} workerUrl
 * @param {Listener} listener
 * @returns {Page.Engine}
 */
export function createEngineClient(workerUrl, listener) {
  /** @type {Worker | null} */
  let worker = null;
  let session = "";
  let lastId = 0;
  /** @type {Map<number, {resolve: (result: any) => void, reject: (failure: Page.Failure) => void}>} */
  const pending = new Map();

  /** @type {Promise<Uint8Array | null> | null} */ // the checkpoint of a worker whose engine has died
  let rescue = null;
  let answered = false;
  /** @type {Uint8Array | null} */ // what the worker was started with: its newest checkpoint until it tells another
  let given = null;

  /** @param {Page.Failure} failure */
  function rejectPending(failure) {
    for (const { reject } of pending.values()) reject(failure);
    pending.clear();
  }

  /**
   * The engine has died. Its worker is ended, or its open streams would tell the server that the site is still
   * there; the newest checkpoint is fetched from it before.
   * @param {Page.Failure} failure
   */
  function down(failure) {
    if (rescue) return;
    const dead = worker;
    rejectPending(failure);
    // A worker that never answered has nothing to hand over.
    rescue = (answered ? checkpointOfWorker() : Promise.resolve(null)).then((checkpoint) => {
      dead?.terminate();
      if (worker === dead) {
        worker = null;
        rejectPending(failure);
      }
      return checkpoint;
    });
    listener.onDown(failure);
  }

  /** @returns {Promise<Uint8Array | null>} */
  function checkpointOfWorker() {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, CHECKPOINT_WAIT_MS, null);
      call("lastCheckpoint")
        .catch(() => null)
        .then((checkpoint) => {
          clearTimeout(timer);
          resolve(checkpoint);
        });
    });
  }

  /** @param {Page.WorkerMessage} message */
  function take(message) {
    if ("result" in message) {
      const request = pending.get(message.id);
      pending.delete(message.id);
      answered = true;
      listener.onFacts(message.facts);
      request?.resolve(message.result);
    } else if ("id" in message) {
      const request = pending.get(message.id);
      pending.delete(message.id);
      request?.reject(message.failure);
    } else if ("has_previous" in message) listener.onPrevious();
    else if ("event" in message) listener.onEvent(message.event, session);
    else if ("checkpoint_stored" in message) listener.onCheckpoint(message.checkpoint_stored);
    else if ("checkpoint_unstored" in message) listener.onUnstored(message.checkpoint_unstored.failure);
    else if ("crashed" in message) down(message.crashed);
    else listener.onStray(message.stray);
  }

  /** @type {Page.Engine["call"]} */
  function call(name, ...args) {
    return new Promise((resolve, reject) => {
      if (!worker) {
        reject({ code: "not-ready", message: "The training engine is not running.", hint: "Restart the engine." });
        return;
      }
      lastId += 1;
      pending.set(lastId, { resolve, reject });
      worker.postMessage({ id: lastId, call: name, args });
    });
  }

  function stop() {
    worker?.terminate();
    worker = null;
    rescue = null;
    answered = false;
    rejectPending({ code: "restarted", message: "The training engine was restarted.", hint: "" });
  }

  return {
    call,
    stop,
    lastCheckpoint: async () => (await (rescue ?? checkpointOfWorker())) ?? given,
    start(options) {
      stop();
      given = options.checkpoint;
      session = Date.now().toString(36);
      const own = new Worker(workerUrl, { type: "module", name: "fedner" });
      worker = own;
      own.onmessage = ({ data }) => own === worker && take(data);
      own.onmessageerror = () => listener.onStray(workerFailure("A message from the training engine could not be read."));
      own.onerror = (event) => {
        event.preventDefault();
        if (own === worker) down(workerFailure(event.message || "The training engine’s files could not be loaded."));
      };
      return call("start", options);
    },
  };
}

/**
 * @param {string} message
 * @returns {Page.Failure}
 */
function workerFailure(message) {
  return { code: "worker-error", message, hint: "Restart the engine. If it happens again, reload the page." };
}
