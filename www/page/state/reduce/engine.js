// The engine, its device, and what it says while it works.

import { ledgerKey, record } from "../ledger.js";
import { withScores, withStep } from "../progress.js";
import { withTimeLeft } from "../time-left.js";
import { noticed } from "./messages.js";

/** @type {Page.Reducers<Page.EngineAction>} */
export const engineReducers = {
  "engine-starting": (state) => ({ ...state, engine: "starting" }),
  "engine-started": (state, { device, model }) => ({
    ...state,
    device,
    model,
    models: model?.models ?? null,
    run: { ...state.run, version: model?.version ?? state.run.version },
  }),
  // One that has died while it started is not ready.
  "engine-ready": (state) => (state.engine === "starting" ? { ...state, engine: "up" } : state),
  "engine-down": (state) => ({ ...state, engine: "down" }),
  "engine-facts": (state, { has_model, has_previous, encoder }) => {
    const same = has_model === state.has_model && has_previous === state.has_previous && encoder?.pack === state.encoder?.pack;
    return same ? state : { ...state, has_model, has_previous, encoder };
  },
  "engine-event": engineEvent,
  "device-found": (state, { device }) => ({ ...state, device }),
  "device-kept": (state, { reason }) => (state.device ? { ...state, device: { ...state.device, reason } } : state),
  "self-check-started": (state) => ({ ...state, checking: true }),
  "self-check-finished": (state, { device }) => ({ ...state, checking: false, device }),
  "self-check-failed": (state) => ({ ...state, checking: false }),
  "corpus-changed": (state, { corpus }) => (corpus === state.corpus ? state : { ...state, corpus }),
};

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
      return { ...state, has_model: true, progress, run: withTimeLeft({ ...run, ...figures }, run, now_ms) };
    }
    case "scores":
      return {
        ...state,
        progress: withScores(state.progress, event, run.loss, now_ms),
        model_turn: state.model_turn + 1,
      };
    case "round": {
      const { phase, round, version, present, rounds, min_sites, received, deadline_in_ms } = event;
      const deadline_at_ms = deadline_in_ms > 0 ? now_ms + deadline_in_ms : null;
      return { ...state, run: { ...run, phase, round, version, present, rounds, min_sites, received, deadline_at_ms } };
    }
    case "models": {
      const { better, own, federation, comparison } = event;
      return { ...state, models: { better, own, federation, comparison }, model_turn: state.model_turn + 1 };
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
    case "assessed":
    case "enrolled":
    case "checkpoint":
      return state;
  }
}
