// How long a run will still take, from the pace of its steps so far.

/** Steps from which a pace can be told: the first ones also warm up the engine. */
const STEPS_TO_KNOW = 5;

/**
 * Takes in a step of a run. Rounds in which this site waits for others count too, since the time is taken from the first step.
 * @param {Page.Run} run with the step
 * @param {Page.Run} before without it
 * @param {number} now_ms
 * @returns {Page.Run}
 */
export function withTimeLeft(run, before, now_ms) {
  const goesOn = before.began !== null && run.step > before.step && run.steps === before.steps;
  const began = goesOn && before.began ? before.began : { time_ms: now_ms, step: run.step };
  const taken = run.step - began.step;
  const left_ms = taken < STEPS_TO_KNOW ? null : ((now_ms - began.time_ms) / taken) * (run.steps - run.step);
  return { ...run, began, left_ms };
}

/**
 * "about 6 minutes left"; empty while it isn't known.
 * @param {number | null} left_ms
 */
export function timeLeftText(left_ms) {
  if (left_ms === null) return "";
  const seconds = left_ms / 1000;
  if (seconds < 10) return "a few seconds left";
  if (seconds < 55) return `about ${Math.ceil(seconds / 10) * 10} seconds left`;
  const minutes = Math.max(1, Math.round(seconds / 60));
  return minutes === 1 ? "about a minute left" : `about ${minutes} minutes left`;
}

/**
 * "Round 18 of 40, about 6 minutes left".
 * @param {Page.Run} run
 */
export function leftText(run) {
  const where = run.rounds > 0 && run.round > 0 ? `Round ${run.round} of ${run.rounds}` : "";
  const left = timeLeftText(run.left_ms);
  const text = [where, left].filter((part) => part !== "").join(", ");
  return text === "" ? "" : `${text[0]?.toUpperCase()}${text.slice(1)}.`;
}
