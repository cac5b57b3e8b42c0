// The record of training: losses by step and scores, over all runs of a workspace.

/** Losses kept; when full, every second one is dropped and only every second step is kept from then on. */
export const LOSSES_MAX = 2000;
/** Score entries kept. */
export const HISTORY_MAX = 2000;

/** @type {Page.Progress} */
export const EMPTY_PROGRESS = {
  total_steps: 0,
  losses: [],
  stride: 1,
  history: [],
  scores_start: null,
  scores_latest: null,
};

/**
 * Takes in a training step. Engines may report only some steps, and count from the start with every run or round.
 * @param {Page.Progress} progress
 * @param {number} step_before the step reported before this one
 * @param {{step: number, loss: number}} event
 * @param {number} [limit]
 * @returns {Page.Progress}
 */
export function withStep(progress, step_before, event, limit = LOSSES_MAX) {
  const total_steps = progress.total_steps + (event.step > step_before ? event.step - step_before : Math.max(event.step, 1));
  const last = progress.losses.at(-1);
  if (last && total_steps - last.step < progress.stride) return { ...progress, total_steps };
  const losses = [...progress.losses, { step: total_steps, loss: event.loss }];
  if (losses.length <= limit) return { ...progress, total_steps, losses };
  return { ...progress, total_steps, losses: losses.filter((_, i) => i % 2 === 0), stride: progress.stride * 2 };
}

/**
 * Takes in scores on the held-out notes. The first ever, or the first of a new model, are the ones to compare with.
 * @param {Page.Progress} progress
 * @param {Fedner.ScoresEvent} event
 * @param {number | null} loss
 * @param {number} time_ms
 * @returns {Page.Progress}
 */
export function withScores(progress, event, loss, time_ms) {
  const { when, round, epoch, scores } = event;
  const entry = { when, round, epoch, step: progress.total_steps, loss, f1: scores.strict.f1, time_ms };
  return {
    ...progress,
    history: [...progress.history, entry].slice(-HISTORY_MAX),
    scores_start: progress.scores_start ?? scores,
    scores_latest: scores,
  };
}
