// Exports notes in a chosen format, and the model with its card, as files. Nothing is sent anywhere.

import { download, fileName } from "../browser/download.js";
import { detailsFor } from "../state/annotate/details.js";
import { exportedNotes } from "../state/exported-notes.js";
import { report } from "./failures.js";

/**
 * @param {Page.Context} context
 * @param {import("./engine.js").EngineService} engine
 * @param {import("./files.js").FilesService} files
 */
export function exportService({ store, bus }, engine, files) {
  bus.on("export-notes", async ({ format, which }) => {
    if (store.get().exporting) return;
    const notes = exportedNotes(store.get(), which);
    store.dispatch({ type: "export-started" });
    try {
      const documents = notes.map(({ name, text, entities, labelled }) => ({ name, text, entities: entities.map(place), details: detailsFor(entities), labelled }));
      const { name, bytes, media_type, problems } = await files.run("exportNotes", [format, documents]);
      const file = `${fileName(store.get().workspace)}-${name}`;
      download(file, new Uint8Array(bytes), media_type);
      store.dispatch({ type: "export-finished", result: { name: file, notes: notes.length, bytes: bytes.length, problems } });
    } catch (fault) {
      store.dispatch({ type: "export-failed" });
      report(store, fault);
    }
  });

  bus.on("export-model", async () => {
    const { workspace } = store.get();
    const date = new Date().toISOString().slice(0, 10);
    const { name, bytes, media_type } = await engine.call("exportModel", { name: workspace, date });
    download(name, new Uint8Array(bytes), media_type);
  });
}

/** @param {Fedner.Entity} mark */
function place({ start, end, label }) {
  return { start, end, label };
}
