// The site's own model and the federation's: which of them is in use, and what is said about them.

import { decimal, text } from "../language/language.js";
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
      return text("origin.alone");
    case "baseline":
      return text("origin.baseline");
    case "interpolated":
      return text("origin.interpolated", { federation: origin.federation });
    case "loaded":
      return text("origin.loaded");
    case "round":
      return origin.round > 0
        ? text("origin.round", { round: origin.round, federation: origin.federation })
        : text("origin.begin", { federation: origin.federation });
    case "finish":
      return text("origin.finish", { federation: origin.federation });
  }
}

/**
 * What scores mean, in words first.
 * @param {Fedner.Scores | null} scores
 */
export function scoresText(scores) {
  if (!scores) return text("scores.comes");
  const of100 = (/** @type {number} */ share) => Math.round(100 * share);
  const { precision, recall, f1 } = scores.strict;
  const found = text("scores.found", { recall: of100(recall), precision: of100(precision) });
  const range = scores.f1_interval;
  return range ? `${found} ${text("scores.range", { f1: percent(f1), low: percent(range.low), high: percent(range.high) })}` : found;
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
  if (!models.own) return together === undefined ? "" : text("models.federation-only", { f1: percent(together) });
  if (own === undefined || together === undefined) {
    return models.better === "own"
      ? text("models.unscored-own")
      : text("models.unscored-federation");
  }
  const meaning = meaningText(models.comparison ?? null);
  if (models.better === "federation") {
    const choice = settings.model_choice === "own" ? text("models.own-chosen") : "";
    const figures = text("models.together", { own: percent(own), together: percent(together) });
    return [figures, meaning, choice].filter((part) => part !== "").join(" ");
  }
  const figures = text(own > together ? "models.own-better" : "models.own-as-good", { together: percent(together), own: percent(own) });
  return [figures, meaning].filter((part) => part !== "").join(" ");
}

/**
 * Whether a difference means something.
 * @param {Fedner.ModelComparison | null} comparison
 */
function meaningText(comparison) {
  if (!comparison) return "";
  const { low, high } = comparison.interval;
  const points = (/** @type {number} */ share) => `${share > 0 ? "+" : share < 0 ? "−" : ""}${decimal(Math.abs(100 * share), 1)}`;
  const range = { low: points(low), high: points(high) };
  if (low > 0) return text("models.helped", range);
  return text(high < 0 ? "models.own-beyond-chance" : "models.too-few", range);
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
    return text("models.newest-merged", { round: after.round, before: percent(before.f1), after: percent(after.f1) });
  }
  return text("models.newest", { f1: percent(newest) });
}
