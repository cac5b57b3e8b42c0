// Pretrained encoders: what the server offers, what is here, fetching one on a person's word, and choosing one.

import { encoderToTrain, isHere, packNamed } from "../state/encoders.js";
import { FETCH_ENCODER, LIST_ENCODERS } from "../state/ledger-words.js";
import { asFailure, report } from "./failures.js";

/** Longest wait for the server's list. */
const ANSWER_WAIT_MS = 20_000;
const LIST_PATH = "/api/v1/encoders";
/** Characters of the notes that the speed is measured with. */
const TIMED_CHARACTERS = 1500;
/** What it is measured with before there are notes. */
const TIMED_TEXT = `${["admitted", "with", "fever", "and", "cough", "aspirin", "stopped", "because", "of", "bleeding"].join(" ")}. `.repeat(16);

/** Requests of this page are numbered, and recorded in the ledger like the engine's. */
const SESSION = `encoder-${Date.now().toString(36)}`;

export class EncodersService {
  #store;
  #client;
  #server;
  /** What is done once the pack that is asked for is here. @type {{pack: string, work: () => unknown} | null} */
  #after = null;
  #requests = 0;

  /**
   * @param {Page.Store} store
   * @param {import("../encoder/client.js").EncoderClient} client
   * @param {string} server
   */
  constructor(store, client, server) {
    this.#store = store;
    this.#client = client;
    this.#server = server;
  }

  /** Looks what is on this device, and asks the server what it offers. */
  async look() {
    await this.#lookHere();
    await this.#lookAtServer();
    for (const { pack, width } of this.#encoders.here?.whole ?? []) await this.#time({ pack, width });
  }

  get #encoders() {
    return this.#store.get().encoders;
  }

  async #lookHere() {
    this.#store.dispatch({ type: "encoders-here", here: await this.#client.packs() });
  }

  async #lookAtServer() {
    const entry = this.#entry(LIST_PATH, LIST_ENCODERS);
    try {
      const signal = AbortSignal.timeout(ANSWER_WAIT_MS);
      const answer = await fetch(this.#server + LIST_PATH, { signal, credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" });
      const text = await answer.text();
      entry({ status: answer.status, bytes_received: new TextEncoder().encode(text).length });
      if (!answer.ok) return;
      const listed = /** @type {any[]} */ (JSON.parse(text)).map(({ digest, bytes, name, licence, width, layers }) => ({ pack: digest, bytes, name, licence, width, layers }));
      this.#store.dispatch({ type: "encoders-listed", listed });
    } catch {
      // Without the server there is still what is on this device.
    }
  }

  /**
   * Records a request in the ledger.
   * @param {string} path
   * @param {string} what
   */
  #entry(path, what) {
    this.#requests += 1;
    const kind = /** @type {const} */ ("ledger");
    const entry = { kind, id: this.#requests, time_ms: Date.now(), method: "GET", path, status: 0, bytes_sent: 0, bytes_received: 0, tensors: [], protection: null, what };
    /** @param {{status?: number, bytes_received?: number}} more */
    const tell = (more) => this.#store.dispatch({ type: "engine-event", event: { ...entry, ...more }, session: SESSION, now_ms: Date.now() });
    tell({});
    return tell;
  }

  /**
   * Asks the person whether to fetch a pack, unless it is here.
   * @param {Fedner.PretrainedEncoder} encoder
   * @param {Page.Encoders.Why} why
   * @param {() => unknown} after what is done once it is here
   */
  async offer(encoder, why, after) {
    await this.#lookHere();
    if (isHere(this.#encoders, encoder.pack)) return void (await after());
    if (this.#encoders.listed === null) await this.#lookAtServer();
    this.#after = { pack: encoder.pack, work: after };
    this.#store.dispatch({ type: "encoder-offered", offer: { encoder, listed: packNamed(this.#encoders, encoder.pack), why } });
  }

  decline() {
    this.#after = null;
    this.#store.dispatch({ type: "encoder-offered", offer: null });
  }

  /** The person's word: the pack that was offered is fetched. */
  async fetchOffered() {
    const { offer, fetching } = this.#encoders;
    this.#store.dispatch({ type: "encoder-offered", offer: null });
    if (!offer?.listed || fetching) return;
    const { pack, bytes, width } = offer.listed;
    const path = `/encoders/${pack}.safetensors`;
    const begun = this.#encoders.here?.parts.find((part) => part.pack === pack)?.bytes ?? 0;
    this.received(pack, begun, bytes);
    const entry = this.#entry(path, FETCH_ENCODER);
    try {
      await this.#client.fetch({ pack, bytes, url: this.#server + path });
      entry({ status: 200, bytes_received: bytes - begun });
    } catch (fault) {
      if (asFailure(fault).code !== "cancelled") throw fault;
      return this.#store.dispatch({ type: "noticed", message: asFailure(fault).message, now_ms: Date.now() });
    } finally {
      this.#store.dispatch({ type: "encoder-fetch-ended" });
      await this.#lookHere();
    }
    await this.#ready({ pack, width });
  }

  /** @param {string} pack @param {number} received @param {number} total */
  received(pack, received, total) {
    this.#store.dispatch({ type: "encoder-received", pack, received, total, now_ms: Date.now() });
  }

  /** @param {File} file */
  async takeFile(file) {
    const { pack, width } = await this.#client.take(file);
    await this.#lookHere();
    if (!encoderToTrain(this.#store.get())) this.choose({ kind: "encoder", pack, width });
    await this.#ready({ pack, width });
  }

  /**
   * A pack is here: what waited for it goes on, and it is timed.
   * @param {Fedner.PretrainedEncoder} encoder
   */
  async #ready(encoder) {
    this.#store.dispatch({ type: "encoder-ready" });
    const after = this.#after;
    if (after?.pack === encoder.pack) {
      this.#after = null;
      // It may last as long as a federation.
      Promise.resolve(after.work()).catch((fault) => report(this.#store, fault));
    }
    await this.#time(encoder);
  }

  /**
   * Measures once how fast this device reads.
   * @param {Fedner.PretrainedEncoder} encoder
   */
  async #time(encoder) {
    if (this.#encoders.speeds[encoder.pack]) return;
    const { workspace, notes } = this.#store.get();
    let text = "";
    for (const note of notes) {
      if (text.length >= TIMED_CHARACTERS) break;
      text += `${note.text}\n`;
    }
    const words_per_s = await this.#client.time(workspace, encoder, text.length < TIMED_CHARACTERS ? TIMED_TEXT : text);
    this.#store.dispatch({ type: "encoder-timed", pack: encoder.pack, words_per_s });
  }

  /** @param {Page.Encoders.Choice} choice what the next training alone makes */
  choose(choice) {
    this.#store.dispatch({ type: "settings-changed", settings: { encoder_choice: choice } });
  }

  /** @param {string} pack */
  async remove(pack) {
    await this.#client.remove(pack);
    const { encoder_choice: chosen } = this.#store.get().settings;
    if (chosen?.kind === "encoder" && chosen.pack === pack) this.choose({ kind: "small" });
    await this.#lookHere();
  }

  stop() {
    return this.#client.stop();
  }
}

/**
 * @param {Page.Context} context
 * @param {EncodersService} encoders
 */
export function encoderCommands({ store, bus }, encoders) {
  bus.on("look-for-encoders", () => encoders.look());
  bus.on("choose-model", async (choice) => {
    if (choice.kind === "small") return encoders.choose(choice);
    const { pack, width } = choice;
    await encoders.offer({ pack, width }, "chosen", () => encoders.choose(choice));
  });
  bus.on("fetch-encoder", () => encoders.fetchOffered());
  bus.on("decline-encoder", () => encoders.decline());
  bus.on("take-encoder-file", (file) => encoders.takeFile(file));
  bus.on("remove-encoder", (pack) => encoders.remove(pack));
  bus.on("stop-encoder", async () => {
    await encoders.stop();
    if (store.get().encoders.offer) encoders.decline();
  });
  /** The model in use needs an encoder that is not here. */
  return {
    getForModel: async () => {
      const { encoder } = store.get();
      if (encoder) await encoders.offer(encoder, "model", () => {}).catch((fault) => report(store, fault));
    },
  };
}
