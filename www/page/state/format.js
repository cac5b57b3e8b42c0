// Numbers and times as people read them, in the language in use.

import { decimal, moment, whole } from "../language/language.js";

/** @param {number} value */
export function count(value) {
  return whole(value);
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${decimal(bytes / 1000, 1)} kB`;
  return `${decimal(bytes / 1e6, bytes < 1e8 ? 2 : 0)} MB`;
}

/**
 * A share between 0 and 1 as per cent.
 * @param {number | null | undefined} share
 * @param {0 | 1} [digits] after the point
 */
export function percent(share, digits = 1) {
  return share === null || share === undefined ? "–" : `${decimal(share * 100, digits)} %`;
}

/** @param {number | null | undefined} loss */
export function loss(loss) {
  return loss === null || loss === undefined ? "–" : decimal(loss, Math.abs(loss) < 10 ? 3 : 1);
}

/** @param {number} time_ms */
export function clock(time_ms) {
  return moment(time_ms, { timeStyle: "medium" });
}

/** @param {number} time_ms */
export function dateAndTime(time_ms) {
  return moment(time_ms, { dateStyle: "medium", timeStyle: "medium" });
}
