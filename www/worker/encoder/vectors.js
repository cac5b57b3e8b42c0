// The vectors of texts that were read, in a file of the workspace: each text under the SHA-256 of what it says. A record is
// its key, the number of bytes, the bytes. Records are only added; the file begins anew when it is full.

import { ownFiles, vectorFolder } from "../../shared/encoder-files.js";

/** The largest file: the words of the largest corpus that a tab trains on, and some. */
export const VECTORS_BYTES_MAX = 320 << 20;
const MAGIC = new TextEncoder().encode("fedner-vectors-1");
const KEY_BYTES = 32;
const HEAD_BYTES = KEY_BYTES + 4;

/**
 * A file that is read and written at places.
 * @typedef {Pick<FileSystemSyncAccessHandle, "read" | "write" | "truncate" | "getSize" | "flush" | "close">} RandomAccess
 */

export class VectorFile {
  /** Where each text's vectors are, and how many bytes. @type {Map<string, {at: number, bytes: number}>} */
  #places = new Map();
  #end = MAGIC.length;
  #file;
  #width;
  #bytes_max;

  /**
   * @param {RandomAccess} file
   * @param {number} width elements of a vector
   * @param {number} [bytes_max]
   */
  constructor(file, width, bytes_max = VECTORS_BYTES_MAX) {
    this.#file = file;
    this.#width = width;
    this.#bytes_max = bytes_max;
    this.#readPlaces();
  }

  /**
   * The file of a pack's vectors in a workspace; null where the browser has no such files, or another tab has it open.
   * @param {string} workspace
   * @param {{pack: string, width: number}} encoder
   * @param {string[]} packs those on this device: what others have made is removed
   */
  static async open(workspace, { pack, width }, packs) {
    const root = await ownFiles();
    if (!root) return null;
    try {
      const folder = await vectorFolder(root, workspace);
      for await (const name of folder.keys()) if (!packs.includes(name)) await folder.removeEntry(name).catch(() => {});
      const file = await folder.getFileHandle(pack, { create: true });
      return new VectorFile(await file.createSyncAccessHandle(), width);
    } catch {
      return null;
    }
  }

  #readPlaces() {
    const magic = new Uint8Array(MAGIC.length);
    this.#file.read(magic, { at: 0 });
    if (magic.some((byte, i) => byte !== MAGIC[i])) return this.#beginAnew();
    const [head, size] = [new Uint8Array(HEAD_BYTES), this.#file.getSize()];
    while (this.#end + HEAD_BYTES <= size) {
      this.#file.read(head, { at: this.#end });
      const bytes = new DataView(head.buffer).getUint32(KEY_BYTES, true);
      const at = this.#end + HEAD_BYTES;
      // A tab that ended while it wrote has left a piece; what does not fit the encoder is none of its.
      if (at + bytes > size || bytes % this.#width !== 0) break;
      this.#places.set(hex(head.subarray(0, KEY_BYTES)), { at, bytes });
      this.#end = at + bytes;
    }
    this.#file.truncate(this.#end);
  }

  #beginAnew() {
    this.#file.truncate(0);
    this.#file.write(MAGIC, { at: 0 });
    this.#places.clear();
    this.#end = MAGIC.length;
  }

  /**
   * @param {string} key
   * @returns {Int8Array | null}
   */
  get(key) {
    const place = this.#places.get(key);
    if (!place) return null;
    const bytes = new Int8Array(place.bytes);
    return this.#file.read(bytes, { at: place.at }) === place.bytes ? bytes : null;
  }

  /**
   * Keeps a text's vectors.
   * @param {string} key
   * @param {Int8Array} vectors
   * @throws what the browser says where there is no room
   */
  put(key, vectors) {
    const bytes = vectors.byteLength;
    if (this.#places.has(key) || bytes + HEAD_BYTES + MAGIC.length > this.#bytes_max) return;
    if (this.#end + HEAD_BYTES + bytes > this.#bytes_max) this.#beginAnew();
    const record = new Uint8Array(HEAD_BYTES + bytes);
    record.set(fromHex(key));
    new DataView(record.buffer).setUint32(KEY_BYTES, bytes, true);
    record.set(new Uint8Array(vectors.buffer, vectors.byteOffset, bytes), HEAD_BYTES);
    if (this.#file.write(record, { at: this.#end }) < record.length) {
      this.#file.truncate(this.#end);
      throw new DOMException("The disk is full.", "QuotaExceededError");
    }
    this.#places.set(key, { at: this.#end + HEAD_BYTES, bytes });
    this.#end += record.length;
  }

  flush() {
    this.#file.flush();
  }

  close() {
    this.#file.close();
  }
}

/**
 * The key of a text.
 * @param {string} text
 */
export async function keyOf(text) {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}

/** @param {Uint8Array} bytes */
function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} text */
function fromHex(text) {
  return Uint8Array.from({ length: KEY_BYTES }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}
