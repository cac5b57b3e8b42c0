// The packs on this device: whole ones, and those that are still being fetched. In the browser's own files where it has
// them, else in memory for as long as the page is open.

import { ownFiles, PACKS } from "../../shared/encoder-files.js";
import { phrase } from "../../shared/phrase.js";
import { readHeader } from "./header.js";

const WHOLE = ".safetensors";
const PART = ".part";

/**
 * A pack that is being written.
 * @typedef {{
 *   size: () => number,
 *   write: (bytes: Uint8Array, at: number) => void,
 *   truncate: (size: number) => void,
 *   close: () => Promise<void>,
 * }} PackPart
 */

/**
 * Where packs are kept.
 * @typedef {{
 *   kept: boolean,
 *   names: () => Promise<string[]>,
 *   file: (name: string) => Promise<Blob | null>,
 *   part: (name: string) => Promise<PackPart>,
 *   rename: (from: string, to: string) => Promise<void>,
 *   remove: (name: string) => Promise<void>,
 * }} PackFolder
 */

export class Packs {
  #folder;

  /** @param {PackFolder} folder */
  constructor(folder) {
    this.#folder = folder;
  }

  /** Those of this browser. */
  static async open() {
    const root = await ownFiles();
    const folder = await root?.getDirectoryHandle(PACKS, { create: true }).catch(() => null);
    return new Packs(folder ? await inFiles(folder) : inMemory());
  }

  /** Whether packs outlive this page. */
  get kept() {
    return this.#folder.kept;
  }

  /**
   * What is here. A file that can't be read as a pack is left out.
   * @returns {Promise<{whole: Page.Encoders.Description[], parts: {pack: string, bytes: number}[]}>}
   */
  async list() {
    const names = await this.#folder.names();
    const whole = [];
    const parts = [];
    for (const name of names.sort()) {
      const file = await this.#folder.file(name);
      if (!file) continue;
      if (name.endsWith(PART)) parts.push({ pack: name.slice(0, -PART.length), bytes: file.size });
      else if (name.endsWith(WHOLE)) {
        const header = await readHeader(file).catch(() => null);
        if (header) whole.push({ pack: name.slice(0, -WHOLE.length), ...header });
      }
    }
    return { whole, parts };
  }

  /**
   * A whole pack's bytes; null where it isn't here.
   * @param {string} pack
   */
  async bytes(pack) {
    const file = await this.#folder.file(pack + WHOLE);
    return file ? new Uint8Array(await file.arrayBuffer()) : null;
  }

  /**
   * The beginning of a pack, to be written on.
   * @param {string} pack
   */
  part(pack) {
    return this.#folder.part(pack + PART);
  }

  /** @param {string} pack */
  async partBytes(pack) {
    const file = await this.#folder.file(pack + PART);
    return file ? new Uint8Array(await file.arrayBuffer()) : new Uint8Array();
  }

  /** The part is whole, and is what its name says. @param {string} pack */
  finish(pack) {
    return this.#folder.rename(pack + PART, pack + WHOLE);
  }

  /** @param {string} pack */
  removePart(pack) {
    return this.#folder.remove(pack + PART);
  }

  /** @param {string} pack */
  async remove(pack) {
    await this.#folder.remove(pack + WHOLE);
    await this.#folder.remove(pack + PART);
  }
}

/**
 * @param {FileSystemDirectoryHandle} folder
 * @returns {Promise<PackFolder>}
 */
async function inFiles(folder) {
  /** @param {string} name */
  const handle = (name) => folder.getFileHandle(name).catch(() => null);
  return {
    kept: true,
    names: async () => {
      const names = [];
      for await (const name of folder.keys()) names.push(name);
      return names;
    },
    file: async (name) => (await (await handle(name))?.getFile()) ?? null,
    part: async (name) => fileWriter(await folder.getFileHandle(name, { create: true })),
    rename: async (from, to) => {
      await (await folder.getFileHandle(from)).move(to);
    },
    remove: async (name) => {
      if (await handle(name)) await folder.removeEntry(name);
    },
  };
}

/**
 * @param {FileSystemFileHandle} file
 * @returns {Promise<PackPart>}
 */
async function fileWriter(file) {
  const access = await file.createSyncAccessHandle().catch(() => {
    throw { code: "busy", message: phrase("encoder.busy"), hint: phrase("encoder.busy-hint") };
  });
  return {
    size: () => access.getSize(),
    write: (bytes, at) => {
      // Some browsers write less where the disk is full, others throw.
      if (access.write(bytes, { at }) < bytes.byteLength) throw new DOMException("The disk is full.", "QuotaExceededError");
    },
    truncate: (size) => access.truncate(size),
    close: async () => {
      access.flush();
      access.close();
    },
  };
}

/** @returns {PackFolder} */
function inMemory() {
  /** @type {Map<string, Blob>} */
  const files = new Map();
  return {
    kept: false,
    names: async () => [...files.keys()],
    file: async (name) => files.get(name) ?? null,
    part: async (name) => {
      let blob = files.get(name) ?? new Blob();
      return {
        size: () => blob.size,
        write: (bytes, at) => (blob = new Blob([blob.slice(0, at), bytes.slice()])),
        truncate: (size) => (blob = blob.slice(0, size)),
        close: async () => void files.set(name, blob),
      };
    },
    rename: async (from, to) => {
      files.set(to, files.get(from) ?? new Blob());
      files.delete(from);
    },
    remove: async (name) => void files.delete(name),
  };
}
