// Takes in what another program has marked.

import { phrase } from "../../shared/phrase.js";
import { fileBytes } from "../browser/file.js";
import { PREANNOTATIONS_BYTES_MAX, readPreannotations } from "../state/preannotations.js";

const LIMIT = { bytes_max: PREANNOTATIONS_BYTES_MAX, code: "preannotations", hint: phrase("import.split-hint") };

/** @param {Page.Context} context */
export function preannotationsService({ store, bus }) {
  bus.on("import-preannotations", async (file) => {
    const content = new TextDecoder().decode(await fileBytes(file, LIMIT));
    const { notes, labels } = store.get();
    const { notes: found, problems } = readPreannotations(content, notes, labels);
    store.dispatch({ type: "preannotations-set", preannotations: { name: file.name, notes: found, problems } });
  });
  bus.on("remove-preannotations", () => store.dispatch({ type: "preannotations-set", preannotations: null }));
}
