// What the page is doing, in words. Changes only when something happens, not with every step: it is read aloud.

import { text } from "../language/language.js";
import { percent } from "./format.js";
import { scoresInUse } from "./models.js";
import { tally } from "./tally.js";

/**
 * @param {Page.State} state
 * @returns {string}
 */
export function statusText(state) {
  if (!state.writable) return text("status.elsewhere");
  if (state.engine === "starting") return text("status.starting");
  if (state.engine === "down") return text("status.down");
  if (state.run.cancelling) {
    return state.run.kind === "training" ? text("status.stopping") : text("status.leaving");
  }
  if (state.encoders.fetching) return text("status.fetching-encoder");
  if (state.encoders.reading) return text("status.reading");
  if (state.run.kind === "training") return trainingText(state.run);
  if (state.run.kind === "participating") return federationText(state.run, state.settings.participating ?? state.settings.federation);
  return idleText(state);
}

/** @param {Page.Run} run */
function trainingText(run) {
  if (run.step === 0) return text("status.preparing");
  return text("status.pass", { epoch: run.epoch, epochs: run.epochs });
}

/**
 * @param {Page.Run} run
 * @param {string} federation
 */
function federationText(run, federation) {
  const round = roundText(run);
  switch (run.phase) {
    case "enrolling":
      return text("status.joining", { federation });
    case "waiting":
      return text("status.waiting", { present: run.present, wanted: run.min_sites });
    case "paused":
      return text("status.paused");
    case "downloading":
      return text("status.downloading", { round });
    case "training":
      return text("status.training", { round });
    case "uploading":
      return text("status.uploading", { round });
    case "waiting-for-merge":
      return text("status.waiting-for-merge", { round, count: run.received });
    case "merged":
      return text("status.merged", { round });
    case "finishing":
      return text("status.finishing");
    case "comparing":
      return text("status.comparing");
    case "finished":
      return text("status.finished");
    default:
      return text("status.participating", { federation });
  }
}

/**
 * "Round 2 of 5"; without the sum while that isn't known.
 * @param {Page.Run} run
 */
export function roundText({ round, rounds }) {
  return rounds > 0 ? text("status.round-of", { round, rounds }) : text("status.round", { round });
}

/** @param {Page.State} state */
function idleText(state) {
  const scores = scoresInUse(state);
  if (scores && state.has_model) return text("status.ready-scored", { f1: percent(scores.strict.f1) });
  if (state.has_model) return text("status.ready-model");
  if (state.notes.length === 0) return text("status.ready-empty");
  const { labelled, held_out, teaching } = tally(state.notes);
  if (teaching === 0) return text("status.ready-unmarked");
  return text("status.ready-to-train", { count: labelled - held_out });
}
