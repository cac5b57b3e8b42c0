// The demo hospitals' notes: files beside the page, read like a person's own.

import { phrase } from "../../shared/phrase.js";
import { report } from "./failures.js";

/**
 * @param {Page.Context} context
 * @param {{add: (sources: import("./import.js").Source[]) => Promise<void>}} notes
 */
export function samplesService({ store }, notes) {
  const base = new URL("../../samples/", import.meta.url);

  return {
    /** Finds out which demo hospitals there are. */
    async list() {
      try {
        const samples = await (await get(new URL("index.json", base))).json();
        store.dispatch({ type: "samples-found", samples });
      } catch (fault) {
        report(store, fault);
      }
    },
    /** @param {string} id */
    async add(id) {
      const sample = store.get().samples.find((known) => known.id === id);
      if (!sample) {
        throw { code: "import", message: phrase("samples.unknown", { name: id }), hint: phrase("samples.unknown-hint") };
      }
      // Their sizes are known only once they are there; they are small.
      await notes.add([
        { name: sample.train, size: 0, bytes: () => bytes(new URL(sample.train, base)), split: "training" },
        { name: sample.held_out, size: 0, bytes: () => bytes(new URL(sample.held_out, base)), split: "held-out" },
      ]);
    },
  };
}

/** @param {URL} url */
async function bytes(url) {
  return new Uint8Array(await (await get(url)).arrayBuffer());
}

/** @param {URL} url */
async function get(url) {
  const answer = await fetch(url, { credentials: "same-origin" }).catch((fault) => {
    throw { code: "network", message: phrase("samples.not-fetched", { detail: fault.message }), hint: phrase("samples.not-fetched-hint") };
  });
  if (answer.ok) return answer;
  throw { code: "network", message: phrase("samples.refused", { path: url.pathname, status: String(answer.status) }), hint: "" };
}
