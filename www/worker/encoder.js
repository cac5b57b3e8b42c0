// The worker of pretrained encoders: it fetches and keeps packs, loads the module that reads with them, and keeps what was
// read. It alone has that module, so that neither the page nor training waits for it.

import { MODULES } from "../modules.js";
import { failureOf } from "../shared/failure.js";
import { keepModule } from "../shared/offline.js";
import { phrase } from "../shared/phrase.js";
import { changed, fetchInto, short } from "./encoder/fetch-pack.js";
import { readHeader } from "./encoder/header.js";
import { Packs } from "./encoder/packs.js";
import { Reading } from "./encoder/reading.js";
import { HAS_RELAXED_SIMD } from "./relaxed-simd.js";

/** The largest pack, as for the server. */
const PACK_BYTES_MAX = 256 << 20;

/** @typedef {{[K in keyof Page.Encoders.Calls]: {id: number, call: K, args: Page.Encoders.Calls[K]["args"]}}[keyof Page.Encoders.Calls]} Request */

const packs = Packs.open();
/** @type {Promise<typeof Fedner.Reader> | null} */
let module = null;
/** The encoder that is open. @type {Reading | null} */
let reading = null;
/** Opening one after another: an encoder takes much memory. @type {Promise<unknown>} */
let opening = Promise.resolve();
/** What a person can stop. */
let stop = new AbortController();

self.onmessage = async ({ data }) => {
  const request = /** @type {Request} */ (data);
  try {
    const result = await answer(request);
    const transfer = Array.isArray(result) ? result.flatMap((one) => (one instanceof Int8Array ? [one.buffer] : [])) : [];
    self.postMessage({ id: request.id, result: result ?? null }, { transfer });
  } catch (fault) {
    // What is left of a module that has failed can't be relied on.
    if (fault instanceof WebAssembly.RuntimeError) closeReading();
    self.postMessage({ id: request.id, failure: failureOf(fault, { code: "encoder-failed", hint: phrase("encoder.failed-hint") }) });
  }
};

/** @param {Request} request */
async function answer(request) {
  switch (request.call) {
    case "packs": {
      const own = await packs;
      return { kept: own.kept, ...(await own.list()) };
    }
    case "fetch":
      return await fetchPack(request.args[0]);
    case "take":
      return await takeFile(request.args[0]);
    case "remove": {
      if (reading?.encoder.pack === request.args[0]) closeReading();
      return await (await packs).remove(request.args[0]);
    }
    case "read": {
      const [workspace, encoder, texts, stoppable] = request.args;
      return await (await open(encoder, workspace)).read(texts, tellRead(request.id), stoppable ? stop.signal : null);
    }
    case "time": {
      const [workspace, encoder, text] = request.args;
      return (await open(encoder, workspace)).time(text);
    }
    case "stop":
      stop.abort();
      stop = new AbortController();
      return null;
  }
}

/**
 * @param {import("./encoder/fetch-pack.js").WantedPack} wanted
 * @returns {Promise<Page.Encoders.Description>}
 */
async function fetchPack(wanted) {
  if (wanted.bytes > PACK_BYTES_MAX) throw tooLarge();
  await hasRoom(wanted.bytes);
  const own = await packs;
  await writing(wanted.pack, (part) => fetchInto(wanted, part, (received) => self.postMessage({ received }), stop.signal));
  const bytes = await own.partBytes(wanted.pack);
  const found = await opened(bytes).catch(() => null);
  found?.free();
  if (found?.pack !== wanted.pack) {
    await own.removePart(wanted.pack);
    throw changed(wanted);
  }
  await own.finish(wanted.pack);
  return { pack: wanted.pack, ...(await readHeader(new Blob([bytes]))) };
}

/**
 * Writes to a pack's part; where there is no room, what was written gives its own back.
 * @param {string} pack
 * @param {(part: import("./encoder/packs.js").PackPart) => void | Promise<void>} write
 */
async function writing(pack, write) {
  const own = await packs;
  const part = await own.part(pack);
  let full = false;
  try {
    await write(part);
  } catch (fault) {
    full = fault instanceof DOMException && fault.name === "QuotaExceededError";
    throw full ? noRoom() : fault;
  } finally {
    await part.close();
    if (full) await own.removePart(pack);
  }
}

/**
 * A pack that a person has as a file.
 * @param {File} file
 * @returns {Promise<Page.Encoders.Description>}
 */
async function takeFile(file) {
  if (file.size > PACK_BYTES_MAX) throw tooLarge();
  const header = await readHeader(file);
  await hasRoom(file.size);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const { pack, free } = await opened(bytes);
  free();
  await writing(pack, (part) => {
    part.truncate(0);
    part.write(bytes, 0);
  });
  await (await packs).finish(pack);
  return { pack, ...header };
}

/**
 * Has the module open a pack, which computes its digest.
 * @param {Uint8Array} bytes
 */
async function opened(bytes) {
  const Reader = await load();
  try {
    const reader = new Reader(bytes);
    return { pack: reader.pack(), free: () => reader.free() };
  } catch (fault) {
    if (typeof fault !== "string") throw fault;
    throw { code: "encoder-damaged", message: phrase("encoder.unusable", { why: fault }), hint: phrase("encoder.unusable-hint") };
  }
}

/**
 * The encoder, ready to read for a workspace.
 * @param {Fedner.PretrainedEncoder} encoder
 * @param {string} workspace
 * @returns {Promise<Reading>}
 */
function open(encoder, workspace) {
  const own = opening.then(() => openNow(encoder, workspace));
  opening = own.catch(() => {});
  return own;
}

/**
 * @param {Fedner.PretrainedEncoder} encoder
 * @param {string} workspace
 */
async function openNow(encoder, workspace) {
  if (reading?.isFor(encoder, workspace)) return reading;
  closeReading();
  const own = await packs;
  const bytes = await own.bytes(encoder.pack);
  if (!bytes) throw { ...missing(encoder), encoder };
  const Reader = await load();
  const reader = made(Reader, bytes);
  if (reader === null || reader.pack() !== encoder.pack || reader.width() !== encoder.width) {
    reader?.free();
    await own.remove(encoder.pack);
    throw {
      code: "encoder-needed",
      message: phrase("encoder.damaged-here", { pack: short(encoder.pack) }),
      hint: phrase("encoder.damaged-here-hint"),
      encoder,
    };
  }
  const here = (await own.list()).whole.map(({ pack }) => pack);
  reading = await Reading.open(reader, encoder, workspace, here);
  return reading;
}

/**
 * Null where the bytes are no pack.
 * @param {typeof Fedner.Reader} Reader
 * @param {Uint8Array} bytes
 */
function made(Reader, bytes) {
  try {
    return new Reader(bytes);
  } catch (fault) {
    if (typeof fault === "string") return null;
    throw fault;
  }
}

function closeReading() {
  reading?.close();
  reading = null;
}

/** The module is fetched with the first pack. @returns {Promise<typeof Fedner.Reader>} */
function load() {
  module ??= loaded().catch((fault) => {
    module = null;
    throw fault;
  });
  return module;
}

async function loaded() {
  const script = HAS_RELAXED_SIMD ? (MODULES.encoder_relaxed ?? MODULES.encoder) : MODULES.encoder;
  if (script === null) {
    throw { code: "not-ready", message: phrase("encoder.not-built"), hint: phrase("encoder.not-built-hint") };
  }
  const own = /** @type {Fedner.ReaderPackage} */ (await import(script));
  await own.default();
  void keepModule(script, Object.values(MODULES).filter((address) => address !== null));
  return own.Reader;
}

/** @param {number} id of the call whose progress it is */
function tellRead(id) {
  return (/** @type {number} */ characters) => self.postMessage({ id, characters });
}

/** @param {number} bytes */
async function hasRoom(bytes) {
  const { quota, usage } = (await navigator.storage?.estimate?.().catch(() => null)) ?? {};
  if (quota !== undefined && usage !== undefined && quota - usage < bytes) throw noRoom();
}

/** @returns {Page.Failure} */
function noRoom() {
  return {
    code: "encoder-no-room",
    message: phrase("encoder.no-room"),
    hint: phrase("encoder.no-room-hint"),
  };
}

/** @returns {Page.Failure} */
function tooLarge() {
  return { code: "encoder-damaged", message: phrase("encoder.too-large", { most: PACK_BYTES_MAX >> 20 }), hint: phrase("encoder.too-large-hint") };
}

/** @param {Fedner.PretrainedEncoder} encoder @returns {Page.Failure} */
function missing({ pack }) {
  return { code: "encoder-needed", message: phrase("encoder.missing", { pack: short(pack) }), hint: phrase("encoder.missing-hint") };
}
