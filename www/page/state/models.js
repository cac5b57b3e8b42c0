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
    case "baseline":
      return "a model trained here on your notes alone, to compare";
    case "interpolated":
      return `the mean of the finished model of “${origin.federation}” and of your own`;
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
 * What scores mean, in words first.
 * @param {Fedner.Scores | null} scores
 */
export function scoresText(scores) {
  if (!scores) return "No score yet: it comes with training, on the notes that are held out.";
  const of100 = (/** @type {number} */ share) => Math.round(100 * share);
  const { precision, recall, f1 } = scores.strict;
  const found = `Finds ${of100(recall)} of 100 entities; of what it marks, ${of100(precision)} of 100 are right.`;
  const range = scores.f1_interval;
  return range ? `${found} F1 ${percent(f1)}; on other notes like these probably between ${percent(range.low)} and ${percent(range.high)}.` : found;
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
  const meaning = meaningText(models.comparison ?? null);
  if (models.better === "federation") {
    const choice = settings.model_choice === "own" ? "Your own model is in use because you chose it." : "";
    const figures = `F1 on your held-out notes: alone ${percent(own)} → together ${percent(together)}.`;
    return [figures, meaning, choice].filter((part) => part !== "").join(" ");
  }
  const better = own > together ? "is still better" : "is as good";
  const figures = `The federation’s best model so far has F1 ${percent(together)} on your held-out notes. Your own model ${better} (${percent(own)}) and stays in use.`;
  return [figures, meaning].filter((part) => part !== "").join(" ");
}

/**
 * Whether a difference means something.
 * @param {Fedner.ModelComparison | null} comparison
 */
function meaningText(comparison) {
  if (!comparison) return "";
  const { low, high } = comparison.interval;
  const points = (/** @type {number} */ share) => `${share > 0 ? "+" : share < 0 ? "−" : ""}${Math.abs(100 * share).toFixed(1)}`;
  const range = `(${points(low)} to ${points(high)} points)`;
  if (low > 0) return `Joining has helped ${range}.`;
  if (high < 0) return `Your own model is better beyond chance ${range}.`;
  return `The held-out notes are too few to say that one is better ${range}.`;
}

/**
 * F1 of the newest model of a federation that goes on, before and after its merge; empty otherwise.
 * @param {Page.State} state
 */
export function newestText({ run, progress }) {
  const newest = progress.scores_latest?.strict.f1;
  if (run.kind !== "participating" || newest === undefined) return "";
  const [before, after] = progress.history.slice(-2);
  if (before?.when === "trained" && after?.when === "round") {
    return `Round ${after.round}: F1 ${percent(before.f1)} before the merge, ${percent(after.f1)} after it.`;
  }
  return `Its newest model: F1 ${percent(newest)}.`;
}
