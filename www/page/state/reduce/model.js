// The model, what it suggests, and what it learns in the background.

import { learnt } from "../learning.js";
import { assessed } from "../suggestions.js";
import { noticed } from "./messages.js";

/** @type {Page.Reducers<Page.ModelAction>} */
export const modelReducers = {
  "checkpoint-stored": (state, { time_ms }) =>
    changed({ ...state, checkpoint_ms: time_ms, checkpoint_unstored: false, has_model: true }),
  "checkpoint-unstored": (state) => changed({ ...state, checkpoint_unstored: true, has_model: true }),
  "model-loaded": (state, action) => changed(modelLoaded(state, action.model)),
  "model-chosen": (state, { choice }) => changed({ ...state, settings: { ...state.settings, model_choice: choice } }),
  "model-set-aside": (state) => ({ ...state, has_previous: true }),
  "suggestions-shown": (state, { shown }) => ({ ...state, suggest: shown }),
  assessed,
  "learning-started": (state) => ({ ...state, learning: { ...state.learning, running: true, step: 0, steps: 0 } }),
  "learning-ended": (state) => ({ ...state, learning: { ...state.learning, running: false } }),
  learnt: hasLearnt,
  "trial-started": (state) => ({ ...state, trial: { ...state.trial, pending: true } }),
  "trial-finished": (state, { text, entities, tokens }) => ({ ...state, trial: { pending: false, text, entities, tokens } }),
  "trial-failed": (state) => ({ ...state, trial: { ...state.trial, pending: false } }),
};

/** @param {Page.State} state @returns {Page.State} */
function changed(state) {
  return { ...state, model_turn: state.model_turn + 1 };
}

/**
 * @param {Page.State} state
 * @param {Page.Model} loaded
 * @returns {Page.State}
 */
function modelLoaded(state, loaded) {
  const run = { ...state.run, version: loaded.version };
  const { models } = loaded;
  return { ...state, model: loaded, models, run, progress: { ...state.progress, scores_start: null, scores_latest: null } };
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
