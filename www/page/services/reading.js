// Calls of the engine that a pretrained encoder must read for first: the encoder's worker reads, the engine is given what
// came of it, and is asked.

import { phrase } from "../../shared/phrase.js";

/** How often a call is made again because another encoder is needed than was read with. */
const READ_TRIES_MAX = 3;
/** Notes of about so many characters are given to the engine at once. */
const GIVEN_CHARACTERS = 60_000;

/** Calls that need the notes that the engine has to be read. */
const ON_CORPUS = /** @type {const} */ (["train", "learn", "evaluate", "exportModel"]);

export class NoteReader {
  #store;
  #call;
  #given;
  #encoders;
  /** Whether a call that trains is stopped while its notes are read. */
  #stopped = false;

  /**
   * @param {Page.Store} store
   * @param {Page.Engine["call"]} call
   * @param {() => Page.Note[]} given the notes that the engine has
   * @param {import("../encoder/client.js").EncoderClient} encoders
   */
  constructor(store, call, given, encoders) {
    this.#store = store;
    this.#call = call;
    this.#given = given;
    this.#encoders = encoders;
  }

  /** As the engine's own `call`. @type {Page.Engine["call"]} */
  async call(name, ...args) {
    if (name === "assess" || name === "predict") return this.#onTexts(name, args);
    if (name === "cancel" && (args[0] ?? "run") === "run") await this.stop();
    if (!ON_CORPUS.some((one) => one === name)) return this.#call(name, ...args);
    return this.retrying(() => this.#call(name, ...args));
  }

  /**
   * Makes a call, and reads the notes where the engine says that this is missing.
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async retrying(work) {
    this.#stopped = false;
    for (let tries = 1; ; tries += 1) {
      try {
        return await work();
      } catch (fault) {
        const needed = encoderNeeded(fault);
        if (!needed || tries === READ_TRIES_MAX) throw fault;
        await this.readNotes(needed);
      }
    }
  }

  /** Ends reading, if there is any. What was read is kept. */
  async stop() {
    this.#stopped = true;
    if (this.#store.get().encoders.reading) await this.#encoders.stop();
  }

  /**
   * Reads the notes that the engine has and the encoder has not read.
   * @param {Fedner.PretrainedEncoder} encoder
   */
  async readNotes(encoder) {
    const ids = new Set(await this.#call("unread", encoder));
    const notes = this.#given().filter((note) => ids.has(note.id));
    const total = characters(notes);
    let done = 0;
    /** @param {number} more */
    const tell = (more) => this.#store.dispatch({ type: "notes-read", done: done + more, total, now_ms: Date.now() });
    tell(0);
    try {
      for (const own of slices(notes)) {
        if (this.#stopped) throw { code: "cancelled", message: phrase("encoder.reading-stopped"), hint: "" };
        const vectors = await this.#read(encoder, own.map((note) => note.text), tell);
        await this.#call("setVectors", encoder, own.map((note) => note.id), vectors);
        done += characters(own);
        tell(0);
      }
    } finally {
      this.#store.dispatch({ type: "reading-ended" });
    }
  }

  /**
   * @param {"assess" | "predict"} name
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  async #onTexts(name, args) {
    const [given] = args;
    const texts = name === "predict" ? [given] : /** @type {Fedner.TextDocument[]} */ (given).map(({ text }) => text);
    let { encoder } = this.#store.get();
    for (let tries = 1; ; tries += 1) {
      try {
        const read = encoder && { encoder, vectors: await this.#read(encoder, texts) };
        return await /** @type {any} */ (this.#call)(name, given, read);
      } catch (fault) {
        const needed = encoderNeeded(fault);
        // Another model has come into use meanwhile.
        if (!needed || needed.pack === encoder?.pack || tries === READ_TRIES_MAX) throw fault;
        encoder = needed;
      }
    }
  }

  /**
   * @param {Fedner.PretrainedEncoder} encoder
   * @param {string[]} texts
   * @param {(characters: number) => void} [tell]
   */
  #read(encoder, texts, tell) {
    return this.#encoders.read(this.#store.get().workspace, encoder, texts, tell);
  }
}

/**
 * The encoder for want of which something failed; null where that was not the reason.
 * @param {any} fault
 * @returns {Fedner.PretrainedEncoder | null}
 */
export function encoderNeeded(fault) {
  return fault?.code === "encoder-needed" ? (fault.encoder ?? null) : null;
}

/** @param {Page.Note[]} notes */
function characters(notes) {
  return notes.reduce((sum, note) => sum + note.text.length, 0);
}

/**
 * Notes in slices of about `GIVEN_CHARACTERS`.
 * @param {Page.Note[]} notes
 */
function* slices(notes) {
  /** @type {Page.Note[]} */
  let slice = [];
  for (const note of notes) {
    slice.push(note);
    if (characters(slice) < GIVEN_CHARACTERS) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}
