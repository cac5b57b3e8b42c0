// Reading texts with an open encoder: part by part, each once.

import { phrase } from "../../shared/phrase.js";
import { batches, joined, parts } from "./parts.js";
import { keyOf, VectorFile } from "./vectors.js";

/** How long the speed is measured. */
const TIMED_MS = 400;

/** @typedef {{text: string, key: string, vectors: Int8Array | null}} Part */

export class Reading {
  encoder;
  #reader;
  #workspace;
  /** Null where nothing can be kept. */
  #file;
  #closed = false;

  /**
   * @param {Fedner.Reader} reader
   * @param {Fedner.PretrainedEncoder} encoder
   * @param {string} workspace
   * @param {VectorFile | null} file
   */
  constructor(reader, encoder, workspace, file) {
    this.encoder = encoder;
    this.#reader = reader;
    this.#workspace = workspace;
    this.#file = file;
  }

  /**
   * @param {Fedner.Reader} reader
   * @param {Fedner.PretrainedEncoder} encoder
   * @param {string} workspace
   * @param {string[]} packs those on this device
   */
  static async open(reader, encoder, workspace, packs) {
    return new Reading(reader, encoder, workspace, await VectorFile.open(workspace, encoder, packs));
  }

  /** @param {Fedner.PretrainedEncoder} encoder @param {string} workspace */
  isFor({ pack, width }, workspace) {
    return this.encoder.pack === pack && this.encoder.width === width && this.#workspace === workspace;
  }

  /**
   * The vectors of each text's words.
   * @param {string[]} texts
   * @param {(characters: number) => void} tell how much of them is read
   * @param {AbortSignal | null} signal
   * @returns {Promise<Int8Array[]>}
   */
  async read(texts, tell, signal) {
    const all = texts.map(parts);
    const known = await Promise.all(all.map((own) => Promise.all(own.map((text) => this.#looked(text)))));
    const unread = known.flat().filter((part) => part.vectors === null);
    let characters = known.flat().reduce((sum, { text, vectors }) => sum + (vectors ? text.length : 0), 0);
    for (const batch of batches(unread)) {
      if (signal?.aborted || this.#closed) throw { code: "cancelled", message: phrase("encoder.reading-stopped"), hint: "" };
      const read = this.#reader.read(batch.map(({ text }) => text));
      batch.forEach((part, i) => {
        part.vectors = read[i] ?? new Int8Array();
        this.#keep(part);
        characters += part.text.length;
      });
      tell(characters);
      // Others get their turn: the note that somebody has just opened, or a word to stop.
      await new Promise((resolve) => setTimeout(resolve));
    }
    if (unread.length > 0) this.#file?.flush();
    return known.map((own) => joined(own.map(({ vectors }) => vectors ?? new Int8Array())));
  }

  /** @param {string} text @returns {Promise<Part>} */
  async #looked(text) {
    // Without files of its own the browser may have no digests either.
    const key = this.#file ? await keyOf(text) : "";
    return { text, key, vectors: this.#file?.get(key) ?? null };
  }

  /** @param {Part} part */
  #keep({ key, vectors }) {
    try {
      if (vectors) this.#file?.put(key, vectors);
    } catch {
      // No room: it works, but what was read is read again after a reload.
      this.#file?.close();
      this.#file = null;
    }
  }

  /**
   * Words that it reads in a second, by reading a text a few times.
   * @param {string} text
   */
  time(text) {
    const [sample = ""] = parts(text);
    // The first time warms up.
    this.#reader.read([sample]);
    const start = performance.now();
    let words = 0;
    let passed_ms;
    do {
      words += (this.#reader.read([sample])[0]?.length ?? 0) / this.encoder.width;
      passed_ms = performance.now() - start;
    } while (passed_ms < TIMED_MS && words > 0);
    return (words * 1000) / Math.max(passed_ms, 1);
  }

  /** Ends it, also for a call under way. */
  close() {
    this.#closed = true;
    this.#file?.close();
    this.#file = null;
    this.#reader.free();
  }
}
