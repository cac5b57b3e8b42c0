// How long a run will still take, from the pace of its steps so far.

import { text } from "../language/language.js";
import { roundText } from "./status.js";

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
  if (seconds < 10) return text("time.seconds");
  if (seconds < 55) return text("time.tens", { count: Math.ceil(seconds / 10) * 10 });
  const minutes = Math.max(1, Math.round(seconds / 60));
  return text("time.minutes", { count: minutes });
}

/**
 * "Round 18 of 40, about 6 minutes left".
 * @param {Page.Run} run
 */
export function leftText(run) {
  const where = run.rounds > 0 && run.round > 0 ? roundText(run) : "";
  const left = timeLeftText(run.left_ms);
  const both = [where, left].filter((part) => part !== "").join(", ");
  return both === "" ? "" : `${both[0]?.toUpperCase()}${both.slice(1)}.`;
}
