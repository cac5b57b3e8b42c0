// Stores the state in the workspace's database: reads it at the start and writes what changed.

import { storageFailure } from "../../shared/database.js";
import { replacedAt } from "../state/changed.js";
import { NOT_LEARNING } from "../state/learning.js";
import { EMPTY_LEDGER, LEDGER_ENTRIES_MAX } from "../state/ledger.js";
import { DEFAULT_LIST } from "../state/note-list.js";
import { EMPTY_PROGRESS } from "../state/progress.js";
import { DEFAULT_SETTINGS } from "../state/state.js";

/** Training steps change the record many times a second; it is written at most this often. */
const PROGRESS_WAIT_MS = 2000;
/** Which note is open is written at most this often; little is lost with it. */
const VIEW_WAIT_MS = 500;
/** While storing fails, everything is written again at most this often. */
const AGAIN_WAIT_MS = 5000;

/**
 * Reads a workspace.
 * @param {import("../../shared/database.js").Database} database
 * @returns {Promise<{stored: Partial<Page.State>, participations: Record<string, Fedner.Participation>}>}
 */
export async function readWorkspace(database) {
  const [notes, entries, records, done, labels, settings, progress, view, comparison, learning, participations] = await Promise.all([
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
 * that fails is told once; the work goes on in memory, and everything is written again when storing works again.
 * @param {Page.Store} store
 * @param {import("../../shared/database.js").Database | null} database null: nothing can be stored
 * @param {Record<string, Fedner.Participation>} participations those stored already
 */
export function storeChanges(store, database, participations) {
  let failing = false;
  let againWaiting = false;
  let under_way = 0;

  /**
   * @param {(database: import("../../shared/database.js").Database) => Promise<void>} work
   * @param {boolean} [asked] a person wants it: everything is written, and a failure is told again
   */
  async function write(work, asked = false) {
    if (!database) return;
    if (failing && !asked) return writeAllSoon(database);
    under_way += 1;
    try {
      await work(database);
      if (asked) worksAgain();
    } catch (fault) {
      if (!failing || asked) fails(fault);
    } finally {
      under_way -= 1;
    }
  }

  // The browser asks before closing only while something would be lost.
  addEventListener("beforeunload", (event) => {
    if (under_way > 0 || failing) event.preventDefault();
  });

  /** @param {import("../../shared/database.js").Database} database */
  function writeAllSoon(database) {
    if (againWaiting) return;
    againWaiting = true;
    setTimeout(() => {
      againWaiting = false;
      writeAll(database).then(worksAgain, () => writeAllSoon(database));
    }, AGAIN_WAIT_MS);
  }

  /** @param {import("../../shared/database.js").Database} database */
  async function writeAll(database) {
    const [stored, records] = await Promise.all([database.all("documents"), database.all("edits")]);
    const state = store.get();
    const { notes, labels, edits, ledger, settings, progress, comparison } = state;
    await database.change(
      [
        { store: "documents", put: notes, remove: gone(stored, notes) },
        { store: "edits", put: edits.records, remove: gone(records, edits.records) },
        { store: "ledger", put: ledger.entries },
      ],
      { labels, "edits-done": edits.done, settings, progress, comparison, view: view(state), learning: learningOf(state), participations },
    );
  }

  /** @param {unknown} fault */
  function fails(fault) {
    failing = true;
    store.dispatch({ type: "notes-unstored" });
    store.dispatch({
      type: "failed",
      failure: storageFailure(fault),
      actions: ["download-checkpoint", "store-again"],
      now_ms: Date.now(),
    });
    if (database) writeAllSoon(database);
  }

  function worksAgain() {
    if (!failing) return;
    failing = false;
    store.dispatch({ type: "notes-stored" });
    store.dispatch({ type: "noticed", message: "The notes, settings and requests are stored again.", now_ms: Date.now() });
  }

  /** Writes that are scheduled. @type {Set<string>} */
  const waiting = new Set();

  /**
   * @param {"progress" | "view"} name
   * @param {number} wait_ms
   * @param {() => unknown} value asked for when it is written
   */
  function writeSoon(name, wait_ms, value) {
    if (waiting.has(name)) return;
    waiting.add(name);
    setTimeout(() => {
      waiting.delete(name);
      write((open) => open.setValue(name, value()));
    }, wait_ms);
  }

  store.subscribe((state, before) => {
    if (state.notes !== before.notes || state.labels !== before.labels || state.edits !== before.edits) {
      // In one transaction: a page that ends in between must not have steps that do not fit its notes.
      const notes = noteDifference(state.notes, before.notes);
      const edits = difference(state.edits.records, before.edits.records, (record) => record.id);
      const values = { labels: state.labels, "edits-done": state.edits.done };
      write((open) => open.change([{ store: "documents", ...notes }, { store: "edits", ...edits }], values));
    }
    if (state.ledger !== before.ledger) {
      const entries = difference(state.ledger.entries, before.ledger.entries, (entry) => entry.key);
      write((open) => open.change([{ store: "ledger", ...entries }]));
    }
    if (state.comparison !== before.comparison) write((open) => open.setValue("comparison", state.comparison));
    if (state.learning.since !== before.learning.since || state.learning.result !== before.learning.result) {
      write((open) => open.setValue("learning", learningOf(state)));
    }
    if (state.settings !== before.settings) write((open) => open.setValue("settings", state.settings));
    const viewed = VIEW.some((name) => state[name] !== before[name]);
    if (state.ledger.folded !== before.ledger.folded) write((open) => open.setValue("view", view(state)));
    else if (viewed) writeSoon("view", VIEW_WAIT_MS, () => view(store.get()));
    if (state.progress.history !== before.progress.history || state.run.kind !== before.run.kind) {
      write((open) => open.setValue("progress", state.progress));
    } else if (state.progress !== before.progress) {
      writeSoon("progress", PROGRESS_WAIT_MS, () => store.get().progress);
    }
  });

  return {
    /** @param {Record<string, Fedner.Participation>} all */
    setParticipations(all) {
      participations = all;
      return write((open) => open.setValue("participations", all));
    },
    /** Tries again after a failure. */
    again: () => write(writeAll, true),
    /** Writes handed to the browser that it has not finished. */
    writing: () => under_way,
  };
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

/**
 * The keys of what is stored and no longer there.
 * @param {{id: IDBValidKey}[]} stored
 * @param {{id: IDBValidKey}[]} now
 */
function gone(stored, now) {
  const known = new Set(now.map(({ id }) => id));
  return stored.map(({ id }) => id).filter((id) => !known.has(id));
}

/**
 * @template {object} T
 * @template {IDBValidKey} K
 * @param {T[]} now
 * @param {T[]} before
 * @param {(entry: T) => K} key
 * @returns {{put: T[], remove: K[]}}
 */
function difference(now, before, key) {
  if (now === before) return { put: [], remove: [] };
  const old = new Set(before);
  const keys = new Set(now.map(key));
  return { put: now.filter((entry) => !old.has(entry)), remove: before.map(key).filter((k) => !keys.has(k)) };
}

/**
 * As `difference`, for notes: nearly always one of thousands was replaced.
 * @param {Page.Note[]} now
 * @param {Page.Note[]} before
 */
function noteDifference(now, before) {
  const replaced = replacedAt(now, before);
  if (!replaced) return difference(now, before, (note) => note.id);
  return { put: replaced.flatMap((at) => now[at] ?? []), remove: [] };
}
