// What others can learn, in words.

import { phrase } from "../../shared/phrase.js";

/**
 * Of a request: what keeps the server from reading it; null of one that is no update.
 * @param {Page.LedgerEntry} entry
 * @returns {Page.Phrase | null}
 */
export function protectionWords({ method, tensors, protection }) {
  if (protection?.kind === "masked") {
    const { sites_min: least, sites } = protection;
    return least === sites ? phrase("protection.masked", { sites }) : phrase("protection.masked-range", { least, sites });
  }
  // Earlier versions of this page masked nothing, and noted nothing about it.
  const plain = protection?.kind === "none" || (protection === undefined && method === "PUT" && tensors.length > 0);
  return plain ? phrase("protection.none") : null;
}

/**
 * @param {Page.State["leak_test"]} leak_test
 * @returns {Page.Said}
 */
export function leakWords({ running, done, report }) {
  if (running) return phrase("leak.reading");
  if (!done) return "";
  if (!report) return phrase("leak.nothing-sent");
  const { round, federation, words, others, named_words: own, named_others, protection } = report;
  const masked = phrase(protection.kind === "masked" ? "leak.was-masked" : "leak.was-not-masked");
  const named = own + named_others;
  if (named === 0) return [phrase("leak.none", { round, federation, words, others }), masked];
  const rates = { precision: percent(own, named), chance: percent(words, words + others), recall: percent(own, words) };
  return [phrase("leak.named", { round, federation, words, others, named, own, ...rates }), masked];
}

/**
 * @param {number} part
 * @param {number} of
 */
function percent(part, of) {
  return Math.round((100 * part) / Math.max(1, of));
}
