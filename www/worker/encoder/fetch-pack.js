// Fetches a pack from the page's own server, from where an earlier attempt has ended.

import { phrase } from "../../shared/phrase.js";

/** How often progress is told. */
const TELL_EVERY_MS = 200;

/**
 * @typedef {{pack: string, bytes: number, url: string}} WantedPack
 * @typedef {{received: number, total: number}} Received what is here, of how much
 */

/**
 * Writes what is missing of a pack. What has arrived stays, also when it fails.
 * @param {WantedPack} wanted
 * @param {import("./packs.js").PackPart} part
 * @param {(received: Received) => void} tell
 * @param {AbortSignal} signal
 */
export async function fetchInto(wanted, part, tell, signal) {
  if (part.size() > wanted.bytes) part.truncate(0);
  if (part.size() === wanted.bytes) return;
  const answer = await asked(wanted, part.size(), signal);
  // A server that knows no ranges sends all of it.
  if (answer.status === 200) part.truncate(0);
  const reader = answer.body?.getReader();
  if (!reader) throw broken(wanted, part, phrase("encoder.no-answer"));
  let told_ms = -Infinity;
  for (;;) {
    const { done, value } = await reader.read().catch((fault) => {
      throw signal.aborted ? CANCELLED : broken(wanted, part, fault?.message ?? String(fault));
    });
    if (done) break;
    if (part.size() + value.byteLength > wanted.bytes) throw changed(wanted);
    part.write(value, part.size());
    if (performance.now() - told_ms < TELL_EVERY_MS) continue;
    told_ms = performance.now();
    tell({ received: part.size(), total: wanted.bytes });
  }
  if (part.size() < wanted.bytes) throw broken(wanted, part, phrase("encoder.ended"));
}

/** A person has stopped it. @type {Page.Failure} */
const CANCELLED = { code: "cancelled", message: phrase("encoder.stopped"), hint: "" };

/**
 * @param {WantedPack} wanted
 * @param {number} from
 * @param {AbortSignal} signal
 */
async function asked({ url, pack }, from, signal) {
  /** @type {HeadersInit} */
  const headers = from > 0 ? { range: `bytes=${from}-` } : {};
  // It is kept in a file of its own, so the browser's cache need not have it as well.
  const answer = await fetch(url, { headers, signal, cache: "no-store", credentials: "omit" }).catch((fault) => {
    throw signal.aborted ? CANCELLED : unreachable(fault?.message ?? String(fault));
  });
  if (answer.status === 404) {
    throw { code: "encoder-missing", message: phrase("encoder.not-on-server", { pack: short(pack) }), hint: phrase("encoder.not-on-server-hint") };
  }
  const begins = /^bytes (\d+)-/.exec(answer.headers.get("content-range") ?? "")?.[1];
  if (answer.status === 200 || (answer.status === 206 && Number(begins) === from)) return answer;
  throw unreachable(phrase("encoder.answered", { status: answer.status }));
}

/** @param {Page.Said} why @returns {Page.Failure} */
function unreachable(why) {
  return { code: "network", message: phrase("encoder.unreachable", { why }), hint: phrase("encoder.unreachable-hint") };
}

/**
 * @param {WantedPack} wanted
 * @param {import("./packs.js").PackPart} part
 * @param {Page.Said} why
 * @returns {Page.Failure}
 */
function broken({ bytes }, part, why) {
  const share = Math.floor((100 * part.size()) / bytes);
  return {
    code: "network",
    message: phrase("encoder.broken", { share, why }),
    hint: phrase("encoder.broken-hint"),
  };
}

/** @param {WantedPack} wanted @returns {Page.Failure} */
export function changed({ pack }) {
  return {
    code: "encoder-damaged",
    message: phrase("encoder.changed", { pack: short(pack) }),
    hint: phrase("encoder.changed-hint"),
  };
}

/** The beginning of a pack's name. @param {string} pack */
export function short(pack) {
  return `${pack.slice(0, 12)}…`;
}
