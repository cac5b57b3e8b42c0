// Stores the state in the workspace's database: reads it at the start and writes what changed.

import { storageFailure } from "../../shared/database.js";
import { phrase } from "../../shared/phrase.js";
import { NOT_LEARNING } from "../state/learning.js";
import { EMPTY_LEDGER, LEDGER_ENTRIES_MAX } from "../state/ledger.js";
import { DEFAULT_LIST } from "../state/note-list.js";
import { EMPTY_PROGRESS } from "../state/progress.js";
import { DEFAULT_SETTINGS } from "../state/state.js";
import { NO_TERM_SEARCH } from "../state/terms/search.js";
import { createRemovals, difference, noteDifference } from "./differences.js";
import { Writer } from "./writer.js";

/** Training steps change the record many times a second; it is written at most this often. */
const PROGRESS_WAIT_MS = 2000;
/** Which note is open is written at most this often; little is lost with it. */
const VIEW_WAIT_MS = 500;
/** @typedef {import("../../shared/database.js").Database} Database */

/**
 * Reads a workspace.
 * @param {Database} database
 * @returns {Promise<{stored: Partial<Page.State>, participations: Record<string, Fedner.Participation>}>}
 */
export async function readWorkspace(database) {
  const [notes, entries, records, done, labels, settings, progress, view, comparison, learning, participations, terms, preannotations] = await Promise.all([
    database.all("documents"),
    database.all("ledger"),
    database.all("edits"),
    database.value("edits-done"),
    database.value("labels"),
    database.value("settings"),
    database.value("progress"),
    database.value("view"),
    database.value("comparison"),
    database.value("learning"),
    database.value("participations"),
    database.value("terms"),
    database.value("preannotations"),
  ]);
  notes.sort((a, b) => a.order - b.order);
  entries.sort((a, b) => a.time_ms - b.time_ms);
  records.sort((a, b) => a.id - b.id);
  const folded = view?.folded ?? EMPTY_LEDGER.folded;
  /** @type {Partial<Page.State>} */
  const stored = {
    notes,
    labels: labels ?? [],
    edits: { records, done: Math.min(done ?? 0, records.length) },
    selected: notes.some((note) => note.id === view?.selected) ? view.selected : (notes[0]?.id ?? null),
    suggest: view?.suggest ?? true,
    list: { ...DEFAULT_LIST, ...view?.list },
    comparison: comparison ?? null,
    terms: terms ?? [],
    preannotations: preannotations ?? null,
    term_search: { ...NO_TERM_SEARCH, counts: new Uint32Array(terms?.length ?? 0) },
    learning: { ...NOT_LEARNING, since: learning?.since ?? [], result: learning?.told ?? null },
    settings: { ...DEFAULT_SETTINGS, ...settings },
    progress: { ...EMPTY_PROGRESS, ...progress },
    ledger: { entries: entries.slice(-LEDGER_ENTRIES_MAX), folded },
    enrolled: Object.keys(participations ?? {}),
  };
  return { stored, participations: participations ?? {} };
}

/**
 * Writes every change of the state, and of the notes only those that changed. A write is handed to the browser in the
 * very turn of the change, so that closing the tab right after it loses nothing; the browser keeps the order. A write
 * that fails is reported once; everything is written again when storing works again.
 */
export class WorkspaceStore {
  #store;
  #participations;
  #writer;
  /** What was removed here and may still be stored. Nothing else is ever removed. */
  #removed = { documents: createRemovals(), edits: createRemovals() };

  /**
   * @param {Page.Store} store
   * @param {Database | null} database null: nothing can be stored
   * @param {Record<string, Fedner.Participation>} participations those stored already
   */
  constructor(store, database, participations) {
    this.#store = store;
    this.#participations = participations;
    this.#writer = new Writer(database, (open) => this.#writeAll(open), {
      onFailed: (fault) => reportFailed(store, fault),
      onWorksAgain() {
        store.dispatch({ type: "notes-stored" });
        store.dispatch({ type: "noticed", message: phrase("storage.works-again"), now_ms: Date.now() });
      },
    });
    store.subscribe((state, before) => this.#changed(state, before));
  }

  /** Number of writes that the browser has not finished. */
  get writing() {
    return this.#writer.underWay;
  }

  /** @param {Record<string, Fedner.Participation>} all */
  setParticipations(all) {
    this.#participations = all;
    return this.#writer.write((open) => open.setValue("participations", all));
  }

  /** Tries again after a failure. */
  again() {
    return this.#writer.writeAgain();
  }

  /** @param {Database} open */
  async #writeAll(open) {
    const state = this.#store.get();
    const { labels, settings, progress, comparison, terms, preannotations } = state;
    const [documents, edits] = [this.#removed.documents.all(), this.#removed.edits.all()];
    const values = { labels, "edits-done": state.edits.done, settings, progress, comparison, terms, preannotations };
    await open.change(
      [
        { store: "documents", put: state.notes, remove: documents },
        { store: "edits", put: state.edits.records, remove: edits },
        { store: "ledger", put: state.ledger.entries },
      ],
      { ...values, view: view(state), learning: learningOf(state), participations: this.#participations },
    );
    this.#removed.documents.done(documents);
    this.#removed.edits.done(edits);
  }

  /**
   * @param {Page.State} state
   * @param {Page.State} before
   */
  #changed(state, before) {
    if (state.notes !== before.notes || state.labels !== before.labels || state.edits !== before.edits) this.#writeNotes(state, before);
    if (state.ledger !== before.ledger) {
      const entries = difference(state.ledger.entries, before.ledger.entries, (entry) => entry.key);
      this.#writer.write((open) => open.change([{ store: "ledger", ...entries }]));
    }
    if (state.preannotations !== before.preannotations) this.#set("preannotations", state.preannotations);
    if (state.terms !== before.terms) this.#set("terms", state.terms);
    if (state.comparison !== before.comparison) this.#set("comparison", state.comparison);
    const learnt = state.learning.since !== before.learning.since || state.learning.result !== before.learning.result;
    if (learnt) this.#set("learning", learningOf(state));
    if (state.settings !== before.settings) this.#set("settings", state.settings);
    this.#writeView(state, before);
    if (state.progress.history !== before.progress.history || state.run.kind !== before.run.kind) this.#set("progress", state.progress);
    else if (state.progress !== before.progress) {
      this.#writer.writeSoon("progress", PROGRESS_WAIT_MS, () => this.#store.get().progress);
    }
  }

  /**
   * @param {Page.State} state
   * @param {Page.State} before
   */
  #writeNotes(state, before) {
    const notes = noteDifference(state.notes, before.notes);
    const edits = difference(state.edits.records, before.edits.records, (record) => record.id);
    this.#removed.documents.add(notes.remove, notes.put.map(({ id }) => id));
    this.#removed.edits.add(edits.remove, edits.put.map(({ id }) => id));
    const values = { labels: state.labels, "edits-done": state.edits.done };
    this.#writer.write(async (open) => {
      // In one transaction: a page that ends in between must not have steps that do not fit its notes.
      await open.change([{ store: "documents", ...notes }, { store: "edits", ...edits }], values);
      this.#removed.documents.done(notes.remove);
      this.#removed.edits.done(edits.remove);
    });
  }

  /**
   * @param {Page.State} state
   * @param {Page.State} before
   */
  #writeView(state, before) {
    if (state.ledger.folded !== before.ledger.folded) this.#set("view", view(state));
    else if (VIEW.some((name) => state[name] !== before[name])) {
      this.#writer.writeSoon("view", VIEW_WAIT_MS, () => view(this.#store.get()));
    }
  }

  /**
   * @param {import("../../shared/database.js").ValueName} name
   * @param {unknown} value
   */
  #set(name, value) {
    this.#writer.write((open) => open.setValue(name, value));
  }
}

/**
 * @param {Page.Store} store
 * @param {unknown} fault
 */
function reportFailed(store, fault) {
  store.dispatch({ type: "notes-unstored" });
  const actions = /** @type {Page.Remedy[]} */ (["download-checkpoint", "store-again"]);
  store.dispatch({ type: "failed", failure: storageFailure(fault), actions, now_ms: Date.now() });
}

/** What is kept of learning. @param {Page.State} state */
function learningOf({ learning: { since, result } }) {
  return { since, told: result };
}

/** What is kept of how the person looks at the notes; not a search, which is typed again quickly. */
const VIEW = /** @type {const} */ (["selected", "suggest", "list"]);

/** @param {Page.State} state */
function view(state) {
  const { selected, suggest, list, ledger } = state;
  return { selected, suggest, list: { ...list, search: "" }, folded: ledger.folded };
}
