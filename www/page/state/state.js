// The page's one state at the start.

import { language } from "../language/language.js";
import { NO_DOUBTS } from "./doubts.js";
import { EMPTY_HISTORY } from "./edit/history.js";
import { NO_ENCODERS } from "./encoders.js";
import { NOT_LEARNING } from "./learning.js";
import { EMPTY_LEDGER } from "./ledger.js";
import { DEFAULT_LIST } from "./note-list.js";
import { EMPTY_PROGRESS } from "./progress.js";
import { NO_TERM_SEARCH } from "./terms/search.js";

/** @type {Page.Settings} */
export const DEFAULT_SETTINGS = {
  view: "notes",
  panes: { list: null, labels: null },
  only_notes: false,
  device: "auto",
  epochs: null,
  baseline: true,
  federation: "demo",
  unfinished: null,
  consents: {},
  masked_only: [],
  consent_ms: null,
  participating: null,
  resume: true,
  assess: true,
  blind: false,
  learn: false,
  learn_after: 10,
  accept_above: 0.9,
  model_choice: "better",
  encoder_choice: null,
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
  rounds: 0,
  min_sites: 0,
  received: 0,
  began: null,
  left_ms: null,
  deadline_at_ms: null,
  cancelling: false,
};

/**
 * @param {string} workspace
 * @returns {Page.State}
 */
export function initialState(workspace) {
  return {
    engine: "starting",
    language: language(),
    workspace,
    workspaces: [workspace],
    writable: true,
    notes_unstored: false,
    checkpoint_unstored: false,
    samples: [],
    notes: [],
    labels: [],
    edits: EMPTY_HISTORY,
    importing: null,
    import_files: [],
    import_problem_count: 0,
    import_same: [],
    import_changed: [],
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
    terms: [],
    term_search: NO_TERM_SEARCH,
    preannotations: null,
    doubts: NO_DOUBTS,
    examined: null,
    suggest: true,
    suggestions: {},
    model_turn: 0,
    corpus: null,
    settings: DEFAULT_SETTINGS,
    device: null,
    checking: false,
    has_model: false,
    encoder: null,
    encoders: NO_ENCODERS,
    has_previous: false,
    model: null,
    models: null,
    checkpoint_ms: null,
    run: IDLE,
    progress: EMPTY_PROGRESS,
    enrolled: [],
    invitation: null,
    invited: null,
    consent_asked: false,
    offer: null,
    ledger: EMPTY_LEDGER,
    peers: {},
    leak_test: { running: false, done: false, report: null },
    trial: { pending: false, text: "", entities: null, tokens: 0 },
    messages: [],
    notices: [],
    newer_version: false,
    keeping: { told: null, storage: null },
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
