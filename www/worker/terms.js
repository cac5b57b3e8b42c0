// The worker that looks for terms: a list of ten thousand over ten thousand notes would keep the page from drawing.

import { matcherOf, matches } from "../page/state/terms/matcher.js";
import { readTerms } from "../page/state/terms/term-list.js";

/** @type {import("../page/state/terms/matcher.js").Matcher} */
let matcher = matcherOf([]);

/** @param {Page.Terms.FromWorker} message @param {Transferable[]} [transfer] */
const tell = (message, transfer = []) => self.postMessage(message, { transfer });

self.addEventListener("message", ({ data }) => {
  const message = /** @type {Page.Terms.ToWorker} */ (data);
  if (message.kind === "read") return tell({ kind: "read", ...readTerms(message.content, message.label) });
  const { turn } = message;
  if (message.kind === "terms") {
    matcher = matcherOf(message.terms, new Set(message.left_out));
    return tell({ kind: "unusable", turn, problems: matcher.problems });
  }
  const notes = message.notes.map(({ id, text }) => ({ id, matches: packed(matches(matcher, text, (term) => tell({ kind: "at", turn, term }))) }));
  tell({ kind: "found", turn, notes }, notes.map((note) => note.matches.buffer));
});

/** @param {import("../page/state/terms/matcher.js").Match[]} found */
function packed(found) {
  const all = new Uint32Array(3 * found.length);
  found.forEach(({ start, end, term }, i) => all.set([start, end, term], 3 * i));
  return all;
}
