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
  let corpus = MISSING;
  /** Sent one after another: a change is expressed against what the engine has by then. @type {Promise<void>} */
  let last = Promise.resolve();
  let scheduled = false;
  let changed_ms = 0;

  /** @param {import("../state/engine-corpus.js").CorpusEvent} event */
  function happened(event) {
    corpus = corpusAfter(corpus, event);
  }

  /** Gives the engine the notes as they are; rejects when there is nothing to train on. */
  function load() {
    const own = last.then(send);
    last = own.catch(() => {});
    return own;
  }

  async function send() {
    if (!isBehind(corpus)) return;
    const { notes, labels } = store.get();
    const wanted = trainedOn(notes, labels);
    if (wanted.labels.length === 0) {
      store.dispatch({ type: "corpus-changed", corpus: null });
      throw nothingToTrainOn(notes);
    }
    const given = givenOf(corpus);
    const change = given && !allAnew(given, wanted.labels) ? corpusChange(given, wanted) : null;
    happened({ type: "sent", wanted });
    try {
      const summary = await (change ? call("updateCorpus", change) : call("loadCorpus", wholeCorpus(wanted)));
      happened({ type: "accepted", wanted });
      store.dispatch({ type: "corpus-changed", corpus: { ...summary, left_out: wanted.left_out } });
      noticeProblems(summary, notes);
    } catch (fault) {
      happened({ type: "failed", wanted });
      throw fault;
    }
  }

  /**
   * @param {Fedner.CorpusSummary} summary
   * @param {Page.Note[]} notes
   */
  function noticeProblems(summary, notes) {
    const names = new Map(notes.map((note) => [note.id, note.name]));
    for (const { document, message } of summary.problems) {
      store.dispatch({ type: "noticed", message: phrase("training.problem", { note: names.get(document) ?? document, problem: message }), now_ms: Date.now() });
    }
  }

  /** As `load`, but having nothing to train on is no fault. */
  async function loadIfAny() {
    try {
      await load();
    } catch (fault) {
      const code = /** @type {any} */ (fault)?.code;
      if (!NOTHING_TO_TRAIN.includes(code)) throw fault;
    }
  }

  store.subscribe((state, before) => {
    if (corpusDiffers(state.notes, before.notes) || state.labels !== before.labels) {
      happened({ type: "notes-changed" });
      changed_ms = performance.now();
    }
    if (!isBehind(corpus) || scheduled || state.engine !== "up" || state.run.kind !== "idle" || state.importing) return;
    scheduled = true;
    const added_or_removed = state.notes.length !== before.notes.length || state.importing !== before.importing;
    if (state.corpus === null || added_or_removed) setTimeout(loadScheduled);
    else loadInAPause();
  });

  /**
   * While somebody marks, only once they pause: the longer if all notes go to the worker, which answers nothing else
   * meanwhile. Training itself never waits.
   */
  function loadInAPause() {
    const { notes, labels } = store.get();
    const whole = allAnew(givenOf(corpus), trainedLabels(notes, labels).sort());
    const characters = whole ? notes.reduce((sum, note) => sum + note.text.length, 0) : 0;
    const left_ms = changed_ms + PAUSE_MS + (characters / 1e6) * PAUSE_PER_MILLION_MS - performance.now();
    if (left_ms > 0) setTimeout(loadInAPause, left_ms);
    else loadScheduled();
  }

  async function loadScheduled() {
    // A run has loaded them itself; what changes meanwhile is loaded after it.
    if (store.get().run.kind === "idle") await loadIfAny().catch((fault) => report(store, fault));
    scheduled = false;
  }

  return { load, loadIfAny, engineReplaced: () => happened({ type: "engine-replaced" }) };
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
