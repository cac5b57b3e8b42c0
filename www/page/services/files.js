// Reads and writes files of notes, each call in a worker of its own: the memory that it takes is given back, and the engine
// goes on with what it does. One worker waits with its module loaded, so that a file can be read without the network.

import { phrase } from "../../shared/phrase.js";

/** What ends a call that was stopped. @type {Page.Failure} */
const STOPPED = { code: "cancelled", message: phrase("reader.stopped"), hint: "" };

/** @typedef {ReturnType<typeof filesService>} FilesService */

/** @param {Page.Context} context */
export function filesService({ store }) {
  /** @type {Set<(failure: Page.Failure) => void>} */
  const open = new Set();
  /** The one that waits. @type {Worker | null} */
  let waiting = null;

  function prepare() {
    if (waiting) return;
    const worker = started();
    waiting = worker;
    const drop = () => {
      worker.terminate();
      if (waiting === worker) waiting = null;
    };
    // The next call tries again, and says why it fails.
    worker.onerror = (event) => {
      event.preventDefault();
      drop();
    };
    worker.onmessage = ({ data }) => {
      const message = /** @type {Page.Files.Message} */ (data);
      if (message.kind === "ready") performance.mark("files-ready");
      else drop();
    };
  }

  /**
   * @template {keyof Page.Files.Calls} K
   * @param {K} call
   * @param {Page.Files.Calls[K]["args"]} args
   * @param {(done: number, total: number) => void} [onProgress] hears how many of the files were read
   * @returns {Promise<Page.Files.Calls[K]["result"]>}
   */
  async function run(call, args, onProgress) {
    const worker = waiting ?? started();
    waiting = null;
    const { answer, stop } = asked(worker, /** @type {Page.Files.Request} */ ({ call, args }), onProgress);
    open.add(stop);
    try {
      return /** @type {Page.Files.Calls[K]["result"]} */ (await answer);
    } finally {
      open.delete(stop);
      worker.terminate();
      prepare();
    }
  }

  // The engine comes first: the page waits for it.
  store.subscribe((state, before) => {
    if (state.engine === "up" && before.engine !== "up") prepare();
  });

  return {
    run,
    /** Ends what is under way; its caller gets the failure "cancelled". */
    stop() {
      for (const reject of open) reject(STOPPED);
    },
  };
}

/**
 * Asks a worker, whose answer can be given up by `stop`.
 * @param {Worker} worker
 * @param {Page.Files.Request} request
 * @param {(done: number, total: number) => void} [onProgress]
 */
function asked(worker, request, onProgress) {
  /** @type {(failure: Page.Failure) => void} */
  let stop = () => {};
  const answer = new Promise((resolve, reject) => {
    stop = reject;
    worker.onmessage = ({ data }) => {
      const message = /** @type {Page.Files.Message} */ (data);
      if (message.kind === "progress") onProgress?.(message.done, message.total);
      else if (message.kind === "failure") reject(message.failure);
      else if (message.kind === "result") resolve(message.result);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(workerFailure(event.message || phrase("reader.not-loaded")));
    };
    worker.onmessageerror = () => reject(workerFailure(phrase("reader.stray")));
    worker.postMessage(request);
  });
  return { answer, stop };
}

function started() {
  return new Worker(new URL("../../worker/files.js", import.meta.url), { type: "module", name: "fedner-files" });
}

/**
 * @param {Page.Said} message
 * @returns {Page.Failure}
 */
function workerFailure(message) {
  return { code: "worker-error", message, hint: phrase("reader.again-hint") };
}
