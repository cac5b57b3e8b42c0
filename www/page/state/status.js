// What the page is doing, in words. Changes only when something happens, not with every step: it is read aloud.

import { counted, percent } from "./format.js";
import { scoresInUse } from "./models.js";
import { tally } from "./tally.js";

/**
 * @param {Page.State} state
 * @returns {string}
 */
export function statusText(state) {
  if (!state.writable) return "Open in another tab: this one only shows the workspace.";
  if (state.engine === "starting") return "Starting the training engine …";
  if (state.engine === "down") return "The training engine has stopped.";
  if (state.run.cancelling) {
    return state.run.kind === "training" ? "Stopping after the step under way …" : "Leaving after the step under way …";
  }
  if (state.run.kind === "training") return trainingText(state.run);
  if (state.run.kind === "participating") return federationText(state.run, state.settings.participating ?? state.settings.federation);
  return idleText(state);
}

/** @param {Page.Run} run */
function trainingText(run) {
  if (run.step === 0) return "Training on this device: getting ready …";
  return `Training on this device: pass ${run.epoch} of ${run.epochs}.`;
}

/**
 * @param {Page.Run} run
 * @param {string} federation
 */
function federationText(run, federation) {
  const round = run.rounds > 0 ? `Round ${run.round} of ${run.rounds}` : `Round ${run.round}`;
  switch (run.phase) {
    case "enrolling":
      return `Joining the federation “${federation}” …`;
    case "waiting":
      return `Waiting for other sites: ${run.present} of ${run.min_sites} are here.`;
    case "paused":
      return "The federation’s operator has paused it. Nothing is lost; it goes on by itself once it is resumed.";
    case "downloading":
      return `${round}: fetching the shared part of the model …`;
    case "training":
      return `${round}: training on this device.`;
    case "uploading":
      return `${round}: sending the update of the shared part …`;
    case "waiting-for-merge":
      return `${round}: update sent; waiting for the other sites (${counted(run.received, "update")} so far).`;
    case "merged":
      return `${round}: merged from all sites’ updates.`;
    case "finishing":
      return "The rounds are done: the last passes over your notes, alone on this device.";
    case "comparing":
      return "Training a model on your notes alone, to see what the federation has brought.";
    case "finished":
      return "The federation has done all its rounds.";
    default:
      return `Taking part in the federation “${federation}”.`;
  }
}

/** @param {Page.State} state */
function idleText(state) {
  const scores = scoresInUse(state);
  if (scores && state.has_model) return `Ready. The model’s F1 on the held-out notes is ${percent(scores.strict.f1)}.`;
  if (state.has_model) return "Ready. There is a model to try or to train further.";
  if (state.notes.length === 0) return "Ready. Add notes to begin.";
  const { labelled, held_out, teaching } = tally(state.notes);
  if (teaching === 0) return "Ready. Training needs notes with marks.";
  return `Ready to train on ${counted(labelled - held_out, "note")}.`;
}
