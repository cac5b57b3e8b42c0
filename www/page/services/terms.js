// Looks for the terms in the notes, in a worker and a slice at a time.

import { phrase } from "../../shared/phrase.js";
import { fileBytes } from "../browser/file.js";
import { nextFrame } from "../browser/frames.js";
import { nextToSearch } from "../state/terms/search.js";
import { joinedTerms, TERMS_BYTES_MAX } from "../state/terms/term-list.js";

/** A slice takes some milliseconds; a regular expression that tries endlessly is given up after this time. */
const SLICE_WAIT_MS = 10_000;
const LIMIT = { bytes_max: TERMS_BYTES_MAX, code: "terms", hint: phrase("terms.file-hint") };

/** @param {Page.Context} context */
export function termsService({ store, bus }) {
  /** @type {TermWorker | null} */
  let worker = null;
  let running = false;

  async function search() {
    if (running || !store.get().writable) return;
    running = true;
    try {
      for (;;) {
        // In a frame of its own: sending a long list takes a while.
        await nextFrame();
        const { terms, term_search } = store.get();
        const notes = nextToSearch(store.get());
        if (notes.length === 0) break;
        if (worker?.turn !== term_search.turn) {
          worker?.end();
          worker = new TermWorker(terms, term_search.turn, (problems) => store.dispatch({ type: "terms-unusable", turn: term_search.turn, problems }));
        }
        const found = await worker.search(notes);
        store.dispatch({ type: "terms-found", turn: term_search.turn, notes: found });
      }
    } finally {
      running = false;
      if (store.get().terms.length === 0) {
        worker?.end();
        worker = null;
      }
    }
  }

  /** @param {Page.Term[]} terms @param {Page.Said[]} [problems] */
  function set(terms, problems = []) {
    store.dispatch({ type: "terms-set", terms });
    store.dispatch({ type: "terms-unusable", turn: store.get().term_search.turn, problems });
  }

  /** @param {Page.State} state @param {Page.State} before */
  function forget(state, before) {
    const left = new Set(state.notes.map((note) => note.id));
    const notes = before.notes.flatMap(({ id }) => (left.has(id) ? [] : [id]));
    store.dispatch({ type: "terms-forgotten", notes });
  }

  /** @param {string} content @param {string} label */
  async function add(content, label) {
    const { terms, problems } = await read(content, label);
    set(joinedTerms(store.get().terms, terms), problems);
  }

  store.subscribe((state, before) => {
    if (state.notes.length < before.notes.length && state.terms.length > 0) forget(state, before);
    if (state.terms !== before.terms || state.notes !== before.notes) search();
  });
  bus.on("add-terms", ({ content, label }) => add(content, label));
  bus.on("add-term-file", async ({ file, label }) => {
    const bytes = await fileBytes(file, LIMIT);
    // Spreadsheets of older systems write their own encoding.
    const text = new TextDecoder("utf-8", { fatal: true });
    await add(tried(() => text.decode(bytes)) ?? new TextDecoder("windows-1252").decode(bytes), label);
  });
  bus.on("remove-terms", (removed) => set(removed === null ? [] : store.get().terms.filter((term) => !removed.includes(term))));
  search();
}

/** @param {() => string} decode */
function tried(decode) {
  try {
    return decode();
  } catch {
    return null;
  }
}

/**
 * Reads a list in a worker: ten thousand terms would hold up a frame.
 * @param {string} content
 * @param {string} label for terms without one
 * @returns {Promise<import("../state/terms/term-list.js").TermList>}
 */
function read(content, label) {
  const worker = started();
  return new Promise((resolve, reject) => {
    worker.addEventListener("message", ({ data }) => resolve(data));
    worker.addEventListener("error", ({ message }) => reject({ code: "terms", message: phrase("terms.unreadable"), hint: message ?? "" }));
    tell(worker, { kind: "read", content, label });
  }).finally(() => worker.terminate());
}

function started() {
  return new Worker(new URL("../../worker/terms.js", import.meta.url), { type: "module" });
}

/** @param {Worker} worker @param {Page.Terms.ToWorker} message */
function tell(worker, message) {
  worker.postMessage(message);
}

/** A worker with one list of terms. */
class TermWorker {
  turn;
  #terms;
  #onProblems;
  /** Patterns that took too long. @type {Set<number>} */
  #left_out = new Set();
  #worker;

  /**
   * @param {Page.Term[]} terms
   * @param {number} turn
   * @param {(problems: Page.Said[]) => void} onProblems
   */
  constructor(terms, turn, onProblems) {
    this.turn = turn;
    this.#terms = terms;
    this.#onProblems = onProblems;
    this.#worker = this.#started();
  }

  end() {
    this.#worker.terminate();
  }

  /**
   * @param {Page.Note[]} notes
   * @returns {Promise<{id: string, matches: Uint32Array}[]>}
   */
  async search(notes) {
    const wanted = notes.map(({ id, text }) => ({ id, text }));
    for (;;) {
      const answer = await this.#asked(wanted);
      if (Array.isArray(answer)) return answer;
      this.end();
      const slow = answer.term === null ? undefined : this.#terms[answer.term];
      if (answer.term === null || !slow) {
        this.#onProblems([phrase("terms.not-searched", { why: answer.why })]);
        this.#worker = this.#started();
        return wanted.map(({ id }) => ({ id, matches: new Uint32Array() }));
      }
      this.#left_out.add(answer.term);
      this.#onProblems([phrase("terms.slow", { term: slow.text })]);
      this.#worker = this.#started();
    }
  }

  #started() {
    const worker = started();
    worker.addEventListener("message", ({ data }) => {
      const message = /** @type {Page.Terms.FromWorker} */ (data);
      if (message.kind === "unusable") this.#onProblems(message.problems);
    });
    tell(worker, { kind: "terms", turn: this.turn, terms: this.#terms, left_out: [...this.#left_out] });
    return worker;
  }

  /**
   * What was found, or the pattern at which it took too long.
   * @param {{id: string, text: string}[]} notes
   * @returns {Promise<{id: string, matches: Uint32Array}[] | {term: number | null, why: Page.Said}>}
   */
  #asked(notes) {
    const worker = this.#worker;
    return new Promise((resolve) => {
      /** @type {number | null} */
      let at = null;
      /** @param {Awaited<ReturnType<TermWorker["search"]>> | {term: number | null, why: Page.Said}} answer */
      const done = (answer) => {
        clearTimeout(timer);
        worker.removeEventListener("message", heard);
        worker.removeEventListener("error", failed);
        resolve(answer);
      };
      const timer = setTimeout(() => done({ term: at, why: phrase("terms.too-long") }), SLICE_WAIT_MS);
      /** @param {MessageEvent<Page.Terms.FromWorker>} event */
      const heard = ({ data }) => {
        if (data.kind === "at") at = data.term;
        else if (data.kind === "found") done(data.notes);
      };
      /** @param {ErrorEvent} event */
      const failed = ({ message }) => done({ term: null, why: message || phrase("terms.not-started") });
      worker.addEventListener("message", heard);
      worker.addEventListener("error", failed);
      tell(worker, { kind: "search", turn: this.turn, notes });
    });
  }
}
