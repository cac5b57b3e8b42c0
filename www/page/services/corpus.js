// Keeps the engine's corpus equal to the page's notes.

import { phrase } from "../../shared/phrase.js";
import { allAnew, corpusChange, corpusDiffers, trainedOn, wholeCorpus } from "../state/corpus.js";
import { corpusAfter, givenOf, isBehind, MISSING } from "../state/engine-corpus.js";
import { trainedLabels } from "../state/labels.js";
import { report } from "./failures.js";

/** Failures that say "nothing to train on", which is no fault while nobody asked for training. */
const NOTHING_TO_TRAIN = ["no-labels", "no-training-notes"];

/** How long nobody edits before the notes are sent, and how much longer for a million characters that are all sent again. */
const PAUSE_MS = 2000;
const PAUSE_PER_MILLION_MS = 2000;

/**
 * @param {Page.Store} store
 * @param {Page.Engine["call"]} call
 */
export function corpusService(store, call) {
  const corpus = new EngineCorpus(store, call);
  store.subscribe((state, before) => corpus.changed(state, before));
  return {
    load: () => corpus.load(),
    loadIfAny: () => corpus.loadIfAny(),
    given: () => corpus.given(),
    engineReplaced: () => corpus.happened({ type: "engine-replaced" }),
  };
}

class EngineCorpus {
  #store;
  #call;
  #corpus = MISSING;
  /** Sent one after another: a change is expressed against what the engine has by then. @type {Promise<void>} */
  #last = Promise.resolve();
  #scheduled = false;
  #changed_ms = 0;

  /**
   * @param {Page.Store} store
   * @param {Page.Engine["call"]} call
   */
  constructor(store, call) {
    this.#store = store;
    this.#call = call;
  }

  /** @param {import("../state/engine-corpus.js").CorpusEvent} event */
  happened(event) {
    this.#corpus = corpusAfter(this.#corpus, event);
  }

  /** Gives the engine the notes as they are; rejects when there is nothing to train on. */
  load() {
    const own = this.#last.then(() => this.#send());
    this.#last = own.catch(() => {});
    return own;
  }

  /** As `load`, but having nothing to train on is no fault. */
  async loadIfAny() {
    try {
      await this.load();
    } catch (fault) {
      const code = /** @type {any} */ (fault)?.code;
      if (!NOTHING_TO_TRAIN.includes(code)) throw fault;
    }
  }

  async #send() {
    if (!isBehind(this.#corpus)) return;
    const { notes, labels } = this.#store.get();
    const wanted = trainedOn(notes, labels);
    if (wanted.labels.length === 0) {
      this.#store.dispatch({ type: "corpus-changed", corpus: null });
      throw nothingToTrainOn(notes);
    }
    const given = givenOf(this.#corpus);
    const change = given && !allAnew(given, wanted.labels) ? corpusChange(given, wanted) : null;
    this.happened({ type: "sent", wanted });
    try {
      const summary = await (change ? this.#call("updateCorpus", change) : this.#call("loadCorpus", wholeCorpus(wanted)));
      this.happened({ type: "accepted", wanted });
      this.#store.dispatch({ type: "corpus-changed", corpus: { ...summary, left_out: wanted.left_out } });
      this.#noticeProblems(summary, notes);
    } catch (fault) {
      this.happened({ type: "failed", wanted });
      throw fault;
    }
  }

  /**
   * @param {Fedner.CorpusSummary} summary
   * @param {Page.Note[]} notes
   */
  #noticeProblems(summary, notes) {
    const names = new Map(notes.map((note) => [note.id, note.name]));
    for (const { document, message: problem } of summary.problems) {
      const message = phrase("training.problem", { note: names.get(document) ?? document, problem });
      this.#store.dispatch({ type: "noticed", message, now_ms: Date.now() });
    }
  }

  /**
   * Loads what has changed, soon.
   * @param {Page.State} state
   * @param {Page.State} before
   */
  changed(state, before) {
    if (corpusDiffers(state.notes, before.notes) || state.labels !== before.labels) {
      this.happened({ type: "notes-changed" });
      this.#changed_ms = performance.now();
    }
    if (!isBehind(this.#corpus) || this.#scheduled || state.engine !== "up" || state.run.kind !== "idle" || state.importing) return;
    this.#scheduled = true;
    const added_or_removed = state.notes.length !== before.notes.length || state.importing !== before.importing;
    if (state.corpus === null || added_or_removed) setTimeout(() => this.#loadScheduled());
    else this.#loadInAPause();
  }

  /**
   * While somebody marks, only once they pause: the longer if all notes go to the worker, which answers nothing else
   * meanwhile. Training itself never waits.
   */
  #loadInAPause() {
    const { notes, labels } = this.#store.get();
    const whole = allAnew(givenOf(this.#corpus), trainedLabels(notes, labels).sort());
    const characters = whole ? notes.reduce((sum, note) => sum + note.text.length, 0) : 0;
    const left_ms = this.#changed_ms + PAUSE_MS + (characters / 1e6) * PAUSE_PER_MILLION_MS - performance.now();
    if (left_ms > 0) setTimeout(() => this.#loadInAPause(), left_ms);
    else this.#loadScheduled();
  }

  async #loadScheduled() {
    // A run has loaded them itself; what changes meanwhile is loaded after it.
    if (this.#store.get().run.kind === "idle") await this.loadIfAny().catch((fault) => report(this.#store, fault));
    this.#scheduled = false;
  }

  /** The notes that the engine has. */
  given() {
    return givenOf(this.#corpus)?.notes ?? [];
  }
}

/**
 * @param {Page.Note[]} notes
 * @returns {Page.Failure}
 */
function nothingToTrainOn(notes) {
  return notes.length === 0
    ? { code: "no-training-notes", message: phrase("training.no-notes"), hint: phrase("training.no-notes-hint") }
    : { code: "no-labels", message: phrase("training.no-labels"), hint: phrase("training.no-labels-hint") };
}
