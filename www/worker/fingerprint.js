// A public key as people compare it, by telephone or on paper.

import { hexadecimal } from "./enrolment.js";

/** Digits that are shown: 128 bits, so that nobody finds another key with the same ones. */
const DIGITS = 32;
const GROUP = 4;

/**
 * The first half of the SHA-256 of a public key, in groups of four hexadecimal digits.
 * @param {Uint8Array<ArrayBuffer>} key
 */
export async function fingerprint(key) {
  const digits = hexadecimal(await crypto.subtle.digest("SHA-256", key)).slice(0, DIGITS);
  return (digits.match(new RegExp(`.{${GROUP}}`, "g")) ?? []).join(" ");
}
