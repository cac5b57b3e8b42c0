// What the page knows of pretrained encoders, and what it says of them.

import { text } from "../language/language.js";

/** @type {Page.Encoders.State} */
export const NO_ENCODERS = { listed: null, here: null, offer: null, fetching: null, reading: null, speeds: {} };

/** Progress from which a pace can be told. */
const TOLD_MS = 1000;

/**
 * Progress with the time that is left at its pace.
 * @template {Page.Encoders.Progress} P
 * @param {P | null} before of the same work
 * @param {{done: number, total: number, now_ms: number}} now
 * @returns {Page.Encoders.Progress}
 */
export function progressed(before, { done, total, now_ms }) {
  if (!before || before.total !== total || done < before.from) return { done, total, began_ms: now_ms, from: done, left_ms: null };
  const passed_ms = now_ms - before.began_ms;
  const came = done - before.from;
  const left_ms = passed_ms < TOLD_MS || came <= 0 ? null : (passed_ms / came) * (total - done);
  return { done, total, began_ms: before.began_ms, from: before.from, left_ms };
}

/** @param {Page.Encoders.Progress} progress */
export function share({ done, total }) {
  return total > 0 ? Math.min(1, done / total) : 1;
}

/**
 * The encoder that a training alone uses: what the person chose, else that of the model in use.
 * @param {Page.State} state
 * @returns {Fedner.PretrainedEncoder | null}
 */
export function encoderToTrain({ settings: { encoder_choice: choice }, encoder }) {
  if (choice === null) return encoder;
  return choice.kind === "small" ? null : { pack: choice.pack, width: choice.width };
}

/**
 * A pack by its name, as it is on this device or as the server offers it.
 * @param {Page.Encoders.State} encoders
 * @param {string} pack
 * @returns {Page.Encoders.Listed | null}
 */
export function packNamed({ here, listed }, pack) {
  return here?.whole.find((own) => own.pack === pack) ?? listed?.find((own) => own.pack === pack) ?? null;
}

/** @param {Page.Encoders.State} encoders @param {string} pack */
export function isHere({ here }, pack) {
  return here?.whole.some((own) => own.pack === pack) ?? false;
}

/**
 * The packs to choose from: those on this device first, then what the server offers.
 * @param {Page.Encoders.State} encoders
 * @returns {Page.Encoders.Listed[]}
 */
export function choices({ here, listed }) {
  const own = here?.whole ?? [];
  const others = (listed ?? []).filter((offered) => !own.some(({ pack }) => pack === offered.pack));
  return [...own, ...others];
}

/**
 * How long reading takes on this device; null while its speed or the notes aren't known.
 * @param {Page.State} state
 * @param {string} pack
 */
export function readingTime_ms({ encoders, corpus }, pack) {
  const words_per_s = encoders.speeds[pack];
  if (!words_per_s || !corpus) return null;
  return (1000 * (corpus.training.tokens + corpus.held_out.tokens)) / words_per_s;
}

/**
 * "about 6 minutes", "a few seconds".
 * @param {number} time_ms
 */
export function durationText(time_ms) {
  const seconds = time_ms / 1000;
  if (seconds < 10) return text("encoder.few-seconds");
  if (seconds < 55) return text("encoder.seconds", { count: Math.ceil(seconds / 10) * 10 });
  return text("encoder.minutes", { count: Math.max(1, Math.round(seconds / 60)) });
}
