// The page's end of the worker: numbered requests, events, and what happens when the engine dies.

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
  /** @type {{worker: Worker, drop: (failure: Page.Failure) => void, failure: Page.Failure | null} | null} */ // may take over
  let prepared = null;
  let whenQuiet = () => {};
  /** @type {Promise<unknown> | null} */ // while one worker gives way to another, what is asked waits
  let changing = null;

  /** @type {Promise<Uint8Array | null> | null} */ // the checkpoint of a worker whose engine has died
  let rescue = null;
  let answered = false;
  /** @type {Uint8Array | null} */ // what the worker was started with: its newest checkpoint until it tells another
  let given = null;

  /** @param {Page.Failure} failure */
  function rejectPending(failure) {
    for (const { reject } of pending.values()) reject(failure);
    pending.clear();
    whenQuiet();
  }

  /**
   * The engine has died. Its worker is ended, or its open streams would tell the server that the site is still
   * there; the newest checkpoint is fetched from it before.
   * @param {Page.Failure} failure
   */
  function down(failure) {
    if (rescue) return;
    const dead = worker;
    dropPrepared();
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
      send("lastCheckpoint")
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
    if (pending.size === 0) whenQuiet();
  }

  /** @type {Page.Engine["call"]} */
  function call(name, ...args) {
    return changing ? changing.then(() => send(name, ...args)) : send(name, ...args);
  }

  /** @type {Page.Engine["call"]} */
  function send(name, ...args) {
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
    dropPrepared();
    worker?.terminate();
    worker = null;
    rescue = null;
    changing = null;
    rejectPending(RESTARTED);
  }

  function makeWorker() {
    return new Worker(workerUrl, { type: "module", name: "fedner" });
  }

  /**
   * From here on it is the worker.
   * @param {Worker} own
   * @param {Page.StartOptions} options
   * @returns {Promise<Page.Started>}
   */
  function use(own, options) {
    given = options.checkpoint;
    session = Date.now().toString(36);
    worker = own;
    answered = false;
    own.onmessage = ({ data }) => own === worker && take(data);
    own.onmessageerror = () => listener.onStray(workerFailure("A message from the training engine could not be read."));
    own.onerror = (event) => {
      event.preventDefault();
      if (own === worker) down(workerFailure(event.message || "The training engine’s files could not be loaded."));
    };
    return send("start", options);
  }

  function dropPrepared() {
    prepared?.drop(RESTARTED);
  }

  /** @type {Page.Engine["prepareGpu"]} */
  function prepareGpu(times) {
    dropPrepared();
    const own = makeWorker();
    return new Promise((resolve, reject) => {
      /** @type {NonNullable<typeof prepared>} */
      const next = { worker: own, failure: null, drop };
      /** @param {Page.Failure} failure */
      function drop(failure) {
        own.terminate();
        next.failure = failure;
        if (prepared === next) prepared = null;
        whenQuiet();
        reject(failure);
      }
      prepared = next;
      own.onmessage = ({ data }) => {
        const message = /** @type {Page.WorkerMessage} */ (data);
        if ("result" in message) {
          const outcome = /** @type {Page.Prepared} */ (message.result);
          resolve(outcome);
          // The GPU was tried and found wanting: there is nothing to change to.
          if (outcome.device.kind !== "webgpu" || outcome.slower) drop(RESTARTED);
        } else if ("failure" in message) drop(message.failure);
        else if ("crashed" in message) drop(message.crashed);
      };
      own.onerror = (event) => {
        event.preventDefault();
        drop(workerFailure(event.message || "The training engine’s files could not be loaded."));
      };
      own.postMessage({ id: 0, call: "prepareGpu", args: [times] });
    });
  }

  /** Waits until no call is under way, and nobody who has just had an answer asks on. */
  async function quiet() {
    do {
      if (pending.size > 0) {
        await new Promise((resolve) => {
          whenQuiet = () => resolve(null);
        });
      }
      // What follows from an answer at once is asked before this turn ends.
      await new Promise((resolve) => setTimeout(resolve));
    } while (pending.size > 0 && prepared);
  }

  /** @type {Page.Engine["takeOver"]} */
  async function takeOver(options, onChange) {
    const next = prepared;
    await quiet();
    if (!next || prepared !== next) throw next?.failure ?? RESTARTED;
    onChange();
    const old = worker;
    const change = checkpointOfWorker().then((checkpoint) => {
      if (prepared !== next) throw next.failure ?? RESTARTED;
      prepared = null;
      old?.terminate();
      return use(next.worker, { ...options, checkpoint: checkpoint ?? given });
    });
    const over = change.then(
      () => {},
      () => {},
    );
    changing = over;
    await over;
    if (changing === over) changing = null;
    return await change;
  }

  return {
    call,
    stop,
    prepareGpu,
    takeOver,
    lastCheckpoint: async () => (await (rescue ?? checkpointOfWorker())) ?? given,
    start(options) {
      stop();
      return use(makeWorker(), options);
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
