// The page's end of the encoders' worker, which is started with the first call.

import { phrase } from "../../shared/phrase.js";
import { createCalls } from "../engine/calls.js";

/**
 * @param {URL} workerUrl
 * @param {(received: {received: number, total: number}) => void} onReceived how much of a pack has arrived
 */
export function createEncoderClient(workerUrl, onReceived) {
  const calls = createCalls();
  /** @type {Map<number, (characters: number) => void>} */
  const told = new Map();
  /** @type {Worker | null} */
  let worker = null;

  function started() {
    const own = new Worker(workerUrl, { type: "module", name: "fedner-encoder" });
    own.onmessage = ({ data }) => take(/** @type {Page.Encoders.FromWorker} */ (data));
    own.onerror = (event) => {
      event.preventDefault();
      own.terminate();
      worker = null;
      const message = event.message || phrase("encoder.not-loaded");
      calls.failAll({ code: "encoder-failed", message, hint: phrase("encoder.failed-hint") });
    };
    return own;
  }

  /** @param {Page.Encoders.FromWorker} message */
  function take(message) {
    if ("received" in message) onReceived(message.received);
    else if ("characters" in message) told.get(message.id)?.(message.characters);
    else if ("failure" in message) calls.fail(message.id, message.failure);
    else calls.answer(message.id, message.result);
  }

  /**
   * @template {keyof Page.Encoders.Calls} K
   * @param {K} call
   * @param {Page.Encoders.Calls[K]["args"]} args
   * @param {(characters: number) => void} [tell] how much of the texts is read
   * @returns {Promise<Page.Encoders.Calls[K]["result"]>}
   */
  async function ask(call, args, tell) {
    worker ??= started();
    const own = worker;
    let of = 0;
    try {
      return await calls.add((id) => {
        of = id;
        if (tell) told.set(id, tell);
        own.postMessage({ id, call, args });
      });
    } finally {
      told.delete(of);
    }
  }

  return {
    packs: () => ask("packs", []),
    /** @param {Page.Encoders.Calls["fetch"]["args"][0]} wanted */
    fetch: (wanted) => ask("fetch", [wanted]),
    /** @param {File} file */
    take: (file) => ask("take", [file]),
    /** @param {string} pack */
    remove: (pack) => ask("remove", [pack]),
    /**
     * @param {string} workspace
     * @param {Fedner.PretrainedEncoder} encoder
     * @param {string[]} texts
     * @param {(characters: number) => void} [tell] how much is read; such a reading can be stopped
     */
    read: (workspace, encoder, texts, tell) => ask("read", [workspace, encoder, texts, tell !== undefined], tell),
    /**
     * @param {string} workspace
     * @param {Fedner.PretrainedEncoder} encoder
     * @param {string} text
     */
    time: (workspace, encoder, text) => ask("time", [workspace, encoder, text]),
    /** Ends fetching and reading, if there is any. */
    stop: async () => void (worker && (await ask("stop", []))),
  };
}

/** @typedef {ReturnType<typeof createEncoderClient>} EncoderClient */
