// What a request was for. The ledger keeps it as the engine says it, in English; the page says what it knows in its own language.

import { phrase } from "../../shared/phrase.js";

/** What the requests are called that the page makes itself: a look at an invitation or an offer, or at the encoders, fetching one. */
export const LOOK = "look at the invitation";
export const LIST_ENCODERS = "look which encoders there are";
export const FETCH_ENCODER = "fetch a pretrained encoder";
export const LOOK_AT_OFFER = "ask what taking part would send";

/** By the engine's word (`client-wasm/src/transport.rs`); a test compares. @type {Record<string, Page.Phrase>} */
export const REQUESTS = {
  "join the federation": phrase("ledger.what.join"),
  "read the federation's rules": phrase("ledger.what.rules"),
  "listen for rounds": phrase("ledger.what.listen"),
  "fetch the global shared module": phrase("ledger.what.fetch"),
  "send the shared module's update": phrase("ledger.what.send"),
  "ask where secure aggregation stands": phrase("ledger.what.exchange"),
  "keys and shares of the masks": phrase("ledger.what.masks"),
  "leave for now": phrase("ledger.what.leave"),
  [LOOK]: phrase("ledger.what.invitation"),
  [LIST_ENCODERS]: phrase("ledger.what.encoders"),
  [FETCH_ENCODER]: phrase("ledger.what.encoder"),
  [LOOK_AT_OFFER]: phrase("ledger.what.offer"),
};

/**
 * @param {string} what as the ledger keeps it; earlier versions of the page said some of it otherwise
 * @returns {Page.Said}
 */
export function requestWords(what) {
  return REQUESTS[what] ?? what;
}
