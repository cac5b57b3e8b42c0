// What the editor needs from elsewhere: label sets from files, and the engine's word on the note that is open,
// its tokens, and what of it a flat tagger trains on.

import { phrase } from "../../shared/phrase.js";
import { fileBytes } from "../browser/file.js";
import { nextFrame } from "../browser/frames.js";
import { LABEL_FILE_BYTES_MAX, readLabelFile } from "../state/annotate/label-file.js";
import { openNote } from "../state/open-note.js";

const LABEL_FILE_LIMIT = { bytes_max: LABEL_FILE_BYTES_MAX, code: "labels", hint: phrase("labels.file-hint") };

/**
 * @param {Page.Context} context
 * @param {import("./engine.js").EngineService} engine
 */
export function annotateService({ store, bus }, engine) {
  let asking = false;
  let waiting = false;

  bus.on("import-labels", async (file) => {
    const labels = readLabelFile(new TextDecoder().decode(await fileBytes(file, LABEL_FILE_LIMIT)));
    store.dispatch({ type: "edit", edit: { kind: "labels-import", labels } });
  });
  bus.on("set-panes", (panes) => store.dispatch({ type: "settings-changed", settings: { panes: { ...store.get().settings.panes, ...panes } } }));
  bus.on("close-report", () => store.dispatch({ type: "import-report-closed" }));
  bus.on("set-only-notes", (only_notes) => store.dispatch({ type: "settings-changed", settings: { only_notes } }));

  store.subscribe((state, before) => {
    const same = state.notes === before.notes && state.selected === before.selected && state.engine === before.engine;
    if (!same && state.engine === "up") askSoon();
  });
  ask();

  /** Sending a long text takes a while, so the edit itself is drawn first. */
  async function askSoon() {
    if (waiting) return;
    waiting = true;
    await nextFrame();
    waiting = false;
    await ask();
  }

  /** @param {Page.Examination} examination */
  const examined = (examination) => store.dispatch({ type: "note-examined", examination });

  async function ask() {
    const { selected, notes, engine: phase, examined: known } = store.get();
    const note = openNote({ notes, selected });
    if (asking || phase !== "up" || !note) return;
    const { id, text, entities } = note;
    if (known?.entities === entities && known.text === text && known.tokens) return;
    asking = true;
    try {
      const { tokens, trained, reasons } = await engine.call("examine", text, entities);
      examined({ text, entities, tokens, trained, reasons });
    } catch {
      // A crash is reported elsewhere. Until the engine is up again, the browser's words stand in for its tokens.
      examined({ text, entities, tokens: null, trained: [], reasons: [] });
    } finally {
      asking = false;
    }
    // Another note, or another mark, while the engine was asked.
    const now = store.get();
    const open = now.notes.find((candidate) => candidate.id === now.selected);
    if (open && (open.id !== id || open.entities !== entities)) await askSoon();
  }
}
