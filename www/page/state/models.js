// The site's own model and the federation's: which of them is in use, and what is said about them.

import { percent } from "./format.js";

/**
 * Which model is in use; null before there is one.
 * @param {Pick<Page.State, "models" | "settings">} state
 * @returns {Fedner.WhichModel | null}
 */
export function whichInUse({ models, settings }) {
  if (!models) return null;
  return settings.model_choice === "own" && models.own ? "own" : models.better;
}

/**
 * The model in use; null before there is one, or where nothing is known of it.
 * @param {Page.State} state
 */
export function modelInUse(state) {
  const which = whichInUse(state);
  return which && state.models ? state.models[which] : null;
}

/**
 * Scores of the model in use on the held-out notes.
 * @param {Page.State} state
 * @returns {Fedner.Scores | null}
 */
export function scoresInUse(state) {
  const { models, progress } = state;
  const scores = modelInUse(state)?.scores ?? null;
  // Where there is one model only, it is the one that was scored last.
  return scores ?? (models?.own && models.federation ? null : progress.scores_latest);
}

/** @param {Fedner.ModelOrigin} origin */
export function originText(origin) {
  switch (origin.kind) {
    case "alone":
      return "your own model, trained here";
    case "loaded":
      return "your own model, loaded from a file";
    case "round":
      return origin.round > 0
        ? `the model from round ${origin.round} of “${origin.federation}”`
        : `the model that “${origin.federation}” began with`;
    case "finish":
      return `the finished model of “${origin.federation}”, fitted to your notes`;
  }
}

/**
 * What the federation has brought so far, for people; empty where there is nothing to say.
 * @param {Page.State} state
 */
export function comparisonText(state) {
  const { models, settings } = state;
  if (!models?.federation) return "";
  const own = models.own?.scores?.strict.f1;
  const together = models.federation.scores?.strict.f1;
  if (!models.own) return together === undefined ? "" : `The federation’s best model so far: F1 ${percent(together)}.`;
  if (own === undefined || together === undefined) {
    return models.better === "own"
      ? "No note is held out, so nobody can say which model is better. Your own stays in use until the federation is finished."
      : "The federation is finished. No note is held out, so nobody can say which model is better.";
  }
  if (models.better === "federation") {
    const choice = settings.model_choice === "own" ? " Your own model is in use because you chose it." : "";
    return `F1 on your held-out notes: alone ${percent(own)} → together ${percent(together)}.${choice}`;
  }
  const better = own > together ? "is still better" : "is as good";
  return `The federation’s best model so far has F1 ${percent(together)} on your held-out notes. Your own model ${better} (${percent(own)}) and stays in use.`;
}

/**
 * F1 of the newest model of a federation that goes on; empty otherwise.
 * @param {Page.State} state
 */
export function newestText({ run, progress }) {
  const newest = progress.scores_latest?.strict.f1;
  return run.kind !== "participating" || newest === undefined ? "" : `Its newest model: F1 ${percent(newest)}.`;
}
