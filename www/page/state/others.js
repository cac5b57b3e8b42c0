// What others can learn, in words.

import { count, counted } from "./format.js";

/**
 * Of a request: what keeps the server from reading it; null of one that is no update.
 * @param {Page.LedgerEntry} entry
 * @returns {string | null}
 */
export function protectionText({ method, tensors, protection }) {
  if (protection?.kind === "masked") {
    const { sites_min, sites } = protection;
    const sum = sites_min === sites ? count(sites) : `${count(sites_min)} to ${count(sites)}`;
    return `Masked: by itself it is random numbers; the server learns only the sum of ${sum} sites, this one among them.`;
  }
  // Earlier versions of this page masked nothing, and noted nothing about it.
  const plain = protection?.kind === "none" || (protection === undefined && method === "PUT" && tensors.length > 0);
  return plain ? "Not masked: the server can read this update by itself." : null;
}

/** @param {Page.State["peers"]} peers */
export function peersText(peers) {
  if (Object.keys(peers).length === 0) {
    return "None. Sites meet where a federation masks its updates; each then shows the others the key that it signs with.";
  }
  return "Each key was noted when this site first met it. Should the server ever show another one, this page stops and says so. To be sure that a key belongs to a hospital, compare its fingerprint by telephone with what that hospital’s page shows as its own.";
}

/** @param {Page.State["leak_test"]} leak_test */
export function leakText({ running, done, report }) {
  if (running) return "Reading the update …";
  if (!done) return "";
  if (!report) return "No update was sent since this page was opened, so there is none to read here.";
  const { round, federation, words, others, named_words, named_others, protection } = report;
  const of = `The update of round ${count(round)} of “${federation}”`;
  const dictionary = `a dictionary of ${counted(words, "word")} of yours and ${count(others)} made-up ones`;
  const named = named_words + named_others;
  if (named === 0) return `${of}, read with ${dictionary}, gives no word away.${maskedText(protection)}`;
  const right = Math.round((100 * named_words) / named);
  const chance = Math.round((100 * words) / Math.max(1, words + others));
  return `${of}, read with ${dictionary}: ${counted(named, "word")} named, ${count(named_words)} of them yours (${right} in 100; blind guessing has ${chance} in 100 right), which is ${Math.round((100 * named_words) / Math.max(1, words))} of each 100 of your words.${maskedText(protection)}`;
}

/** @param {Fedner.Protection} protection */
function maskedText(protection) {
  return protection.kind === "masked" ? " It was masked, so what can be named are chance hits." : " It was not masked.";
}
