// The page's one state and how it changes. Pure: no clock, no storage, no document.

import { replacedAt } from "./changed.js";
import { edited, EMPTY_HISTORY, redone, undone } from "./edit/history.js";
import { settleHeldOut, setSplit } from "./held-out.js";
import { namesIn, withLabels } from "./labels.js";
import { learnt, NOT_LEARNING, withFinished } from "./learning.js";
import { EMPTY_LEDGER, ledgerKey, record } from "./ledger.js";
import { DEFAULT_LIST } from "./note-list.js";
import { EMPTY_PROGRESS, withScores, withStep } from "./progress.js";
import { assessed } from "./suggestions.js";

/** Errors and notices kept for reading again. */
export const MESSAGES_MAX = 100;
export const NOTICES_MAX = 100;

/** @type {Page.Settings} */
export const DEFAULT_SETTINGS = {
  only_notes: false,
  device: "auto",
  epochs: 5,
  federation: "demo",
  consent_ms: null,
  participating: null,
  resume: true,
  assess: true,
  blind: false,
  learn: false,
  learn_after: 10,
  accept_above: 0.9,
};

/** @type {Page.Run} */
export const IDLE = {
  kind: "idle",
  phase: "",
  round: 0,
  version: 0,
  step: 0,
  steps: 0,
  epoch: 0,
  epochs: 0,
  loss: null,
  words_per_s: 0,
  present: 0,
  min_sites: 0,
  received: 0,
  deadline_at_ms: null,
  cancelling: false,
};

/**
 * @param {string} workspace
 * @returns {Page.State}
 */
export function initialState(workspace) {
  return {
    ready: false,
    engine: "starting",
    workspace,
    workspaces: [workspace],
    writable: true,
    notes_unstored: false,
    checkpoint_unstored: false,
    samples: [],
    documents: [],
    labels: [],
    edits: EMPTY_HISTORY,
    importing: null,
    import_files: [],
    import_problem_count: 0,
    formats: [],
    exporting: false,
    exported: null,
    learning: NOT_LEARNING,
    comparison: null,
    compare_at: 0,
    comparing: false,
    import_report: null,
    import_problems: [],
    selected: null,
    list: DEFAULT_LIST,
    search: null,
    list_turn: 0,
    cursor: null,
    sticky: null,
    examined: null,
    suggest: true,
    suggestions: {},
    model_turn: 0,
    corpus: null,
    settings: DEFAULT_SETTINGS,
    device: null,
    checking: false,
    has_model: false,
    has_previous: false,
    model: null,
    checkpoint_ms: null,
    run: IDLE,
    progress: EMPTY_PROGRESS,
    enrolled: [],
    invitation: null,
    invited: null,
    consent_asked: false,
    ledger: EMPTY_LEDGER,
    trial: { pending: false, text: "", entities: null, tokens: 0 },
    messages: [],
    notices: [],
  };
}

/**
 * Whether everything is stored, or something lives only as long as this tab.
 * @param {Page.State} state
 * @returns {"stored" | "memory"}
 */
export function storage({ notes_unstored, checkpoint_unstored }) {
  return notes_unstored || checkpoint_unstored ? "memory" : "stored";
}

/**
 * @param {Page.State} state
 * @param {Page.Action} action
 * @returns {Page.State}
 */
export function reduce(state, action) {
  switch (action.type) {
    case "restored":
      return { ...state, ...action.stored };
    case "patch":
      return { ...state, ...action.patch };
    case "settings":
      return { ...state, settings: { ...state.settings, ...action.settings } };
    case "notes-added":
      return notesAdded(state, action);
    case "edit":
      return edit(state, edited(state, action.edit));
    case "undo":
      return step(state, undone(state), state.edits.done - 1);
    case "redo":
      return step(state, redone(state), state.edits.done);
    case "split-set":
      return { ...state, documents: setSplit(state.documents, action.id, action.held_out) };
    case "engine-event":
      return engineEvent(state, action);
    case "run-started":
      return runStarted(state, action.kind);
    case "run-ended":
      return { ...state, run: { ...state.run, kind: "idle", cancelling: false, deadline_at_ms: null } };
    case "assessed":
      return assessed(state, action);
    case "learnt":
      return hasLearnt(state, action);
    case "model-changed":
      return { ...state, ...action.patch, model_turn: state.model_turn + 1 };
    case "failed":
      return failed(state, action);
    case "dismissed":
      return {
        ...state,
        messages: state.messages.map((m) => (m.id === action.id ? { ...m, dismissed: true } : m)),
      };
    case "noticed":
      return noticed(state, action.message, action.now_ms);
  }
}

/**
 * @param {Page.State} state
 * @param {Extract<Page.Action, {type: "notes-added"}>} action
 * @returns {Page.State}
 */
function notesAdded(state, { notes, problems, report }) {
  const known = new Set(state.documents.map((note) => note.id));
  const added = notes.filter((note) => !known.has(note.id));
  const first = state.documents.reduce((most, note) => Math.max(most, note.order + 1), 0);
  const ordered = added.map((note, i) => ({ ...note, order: first + i }));
  return {
    ...state,
    documents: settleHeldOut([...state.documents, ...ordered]),
    labels: withLabels(state.labels, namesIn(ordered)),
    import_problems: problems,
    import_report: report,
    selected: state.selected ?? ordered[0]?.id ?? null,
  };
}

/**
 * @param {Page.State} state
 * @param {ReturnType<typeof edited>} result null: nothing changes
 * @returns {Page.State}
 */
function edit(state, result) {
  if (!result) return state;
  const selected = selectedAfter(state, result.state.documents);
  const learning = withFinished(state.learning, result.state.documents, state.documents);
  return { ...state, ...result.state, selected, learning, import_report: null, import_problems: [] };
}

/**
 * Undoes or does again, and shows where. A step that does not fit the notes any more (one was imported anew
 * meanwhile) is dropped, so that those behind it can be reached.
 * @param {Page.State} state
 * @param {ReturnType<typeof edited>} result
 * @param {number} at the step's place in the history
 * @returns {Page.State}
 */
function step(state, result, at) {
  if (result) {
    const { documents } = result.state;
    const { change, note } = result.record;
    const shown = note ?? [...change.taken_out, ...change.put_back].find(({ id }) => documents.some((known) => known.id === id))?.id;
    return { ...edit(state, result), selected: shown ?? selectedAfter(state, documents) };
  }
  const { records, done } = state.edits;
  const record = records[at];
  if (!record) return state;
  const edits = { records: records.toSpliced(at, 1), done: at < done ? done - 1 : done };
  return { ...state, edits };
}

/**
 * The selected note, or the next one when it is gone.
 * @param {Page.State} state
 * @param {Page.Note[]} documents
 */
function selectedAfter(state, documents) {
  if (replacedAt(documents, state.documents) || documents.some((note) => note.id === state.selected)) return state.selected;
  const left = new Set(documents.map((note) => note.id));
  const at = state.documents.findIndex((note) => note.id === state.selected);
  const neighbour = state.documents.slice(Math.max(at, 0)).find((note) => left.has(note.id)) ?? documents.at(-1);
  return neighbour?.id ?? null;
}

/**
 * @param {Page.State} state
 * @param {"training" | "participating"} kind
 * @returns {Page.State}
 */
function runStarted(state, kind) {
  // A new model starts a new comparison "at the start / now"; the plot goes on.
  const progress = state.has_model ? state.progress : { ...state.progress, scores_start: null };
  const phase = kind === "training" ? "training" : "enrolling";
  const { version } = state.run;
  return { ...state, run: { ...IDLE, kind, phase, version }, progress };
}

/**
 * @param {Page.State} state
 * @param {Extract<Page.Action, {type: "engine-event"}>} action
 * @returns {Page.State}
 */
function engineEvent(state, { event, session, now_ms }) {
  const { run } = state;
  switch (event.kind) {
    case "step": {
      const { step, steps, epoch, epochs, round, loss, words_per_s } = event;
      const progress = withStep(state.progress, run.step, event);
      const figures = { step, steps, epoch, epochs, loss, round: round || run.round, words_per_s: words_per_s ?? 0 };
      return { ...state, has_model: true, progress, run: { ...run, ...figures } };
    }
    case "scores":
      return {
        ...state,
        progress: withScores(state.progress, event, run.loss, now_ms),
        model_turn: state.model_turn + 1,
      };
    case "round": {
      const { phase, round, version, present, min_sites, received, deadline_in_ms } = event;
      const deadline_at_ms = deadline_in_ms > 0 ? now_ms + deadline_in_ms : null;
      return { ...state, run: { ...run, phase, round, version, present, min_sites, received, deadline_at_ms } };
    }
    case "ledger": {
      const { kind: _, ...request } = event;
      return { ...state, ledger: record(state.ledger, { ...request, key: ledgerKey(session, request.id) }) };
    }
    case "notice":
      return noticed(state, event.message, now_ms);
    case "replaced": {
      // The new model starts a new comparison "at the start / now".
      const progress = { ...state.progress, scores_start: null };
      return noticed({ ...state, progress }, event.reason, now_ms);
    }
    case "learned":
      return { ...state, model_turn: state.model_turn + 1 };
    case "learning": {
      const { step, steps } = event;
      return { ...state, learning: { ...state.learning, step, steps } };
    }
    case "imported":
    case "assessed":
    case "enrolled":
    case "checkpoint":
      return state;
  }
}

/**
 * @param {Page.State} state
 * @param {Extract<Page.Action, {type: "learnt"}>} action
 * @returns {Page.State}
 */
function hasLearnt(state, { notes, text, scores, now_ms }) {
  const progress = scores ? { ...state.progress, scores_latest: scores } : state.progress;
  const learning = learnt(state.learning, notes, text);
  return noticed({ ...state, progress, learning, has_model: true }, text, now_ms);
}

/**
 * @param {Page.State} state
 * @param {Extract<Page.Action, {type: "failed"}>} action
 * @returns {Page.State}
 */
function failed(state, { failure, actions, now_ms }) {
  const open = state.messages.findLast((m) => !m.dismissed);
  if (open && open.code === failure.code && open.message === failure.message) return state;
  const id = (state.messages.at(-1)?.id ?? 0) + 1;
  const message = { ...failure, id, time_ms: now_ms, dismissed: false, actions };
  return { ...state, messages: [...state.messages, message].slice(-MESSAGES_MAX) };
}

/**
 * @param {Page.State} state
 * @param {string} message
 * @param {number} time_ms
 * @returns {Page.State}
 */
function noticed(state, message, time_ms) {
  return { ...state, notices: [...state.notices, { message, time_ms }].slice(-NOTICES_MAX) };
}
