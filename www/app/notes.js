// Brings notes in, takes them out, and settles which are held out.

import { counted } from "../state/format.js";
import { newNote } from "../state/edit/note.js";
import { saysHeldOut } from "../state/held-out.js";
import { noteIds } from "../state/note-id.js";
import { asFailure, report } from "./failures.js";
import { fileBytes } from "./file.js";

/** Notes a workspace can hold. */
export const NOTES_MAX = 20_000;
/** What the importer takes at most; a larger file is not even read. */
const NOTES_LIMIT = { bytes_max: 64 * 1024 * 1024, code: "import", hint: "Split it into smaller files." };
const PASTE_NAME = "Pasted";

/** @typedef {{name: string, bytes: () => Promise<Uint8Array>, split?: Page.Split}} Source */

/**
 * @param {Page.Context} context
 * @param {import("./engine.js").EngineService} engine
 */
export function notesService({ store, bus }, engine) {
  let askedToPersist = false;

  /**
   * Reads the sources one after another; what can't be read is listed, the rest is taken in.
   * @param {Source[]} sources
   */
  async function add(sources) {
    /** @type {Page.Note[]} */
    const notes = [];
    /** @type {Page.ImportProblem[]} */
    const problems = [];
    for (const source of sources) {
      store.dispatch({ type: "patch", patch: { importing: source.name } });
      try {
        const file = { name: source.name, bytes: await source.bytes() };
        const imported = await engine.call("importFiles", [file], null);
        notes.push(...asNotes(source, imported));
        problems.push(...imported.problems);
      } catch (fault) {
        const { code, message, hint } = asFailure(fault);
        const text = `${message} ${hint}`.trim().replace(`${source.name} `, "");
        problems.push({ file: source.name, line: null, message: text });
        if (code === "engine-crashed" || code === "not-ready") break;
      }
    }
    take(notes, problems, sources.length);
    await keepForGood();
  }

  /**
   * @param {Page.Note[]} notes
   * @param {Page.ImportProblem[]} problems
   * @param {number} files
   */
  function take(notes, problems, files) {
    const before = store.get().documents.length;
    const room = NOTES_MAX - before;
    const fitting = notes.slice(0, Math.max(room, 0));
    if (fitting.length < notes.length) {
      const message = `A workspace holds at most ${NOTES_MAX} notes; ${notes.length - fitting.length} were left out. Open another workspace for them.`;
      problems.push({ file: "This workspace", line: null, message });
    }
    store.dispatch({ type: "patch", patch: { importing: null } });
    store.dispatch({ type: "notes-added", notes: fitting, problems, report: "" });
    const added = store.get().documents.length - before;
    const again = fitting.length - added;
    const text = `Added ${counted(added, "note")} from ${counted(files, "file")}.${again > 0 ? ` ${counted(again, "note")} had been here already.` : ""}`;
    store.dispatch({ type: "patch", patch: { import_report: text } });
  }

  async function keepForGood() {
    if (askedToPersist || !navigator.storage?.persist) return;
    askedToPersist = true;
    await navigator.storage.persist();
  }

  bus.on("add-files", (files) => add(files.map(asSource)));
  bus.on("add-text", (text) => {
    const name = pasteName(store.get().documents);
    return add([{ name, bytes: async () => new TextEncoder().encode(text) }]);
  });
  bus.on("edit", (edit) => store.dispatch({ type: "edit", edit }));
  bus.on("undo", () => store.dispatch({ type: "undo" }));
  bus.on("redo", () => store.dispatch({ type: "redo" }));
  bus.on("set-split", ({ id, held_out }) => store.dispatch({ type: "split-set", id, held_out }));
  bus.on("suggest", (suggest) => store.dispatch({ type: "patch", patch: { suggest } }));
  suggestSelected(store, engine);

  return { add };
}

/**
 * Asks the model about the selected note whenever its suggestions are wanted and not known.
 * @param {Page.Store} store
 * @param {import("./engine.js").EngineService} engine
 */
function suggestSelected(store, engine) {
  let asking = false;
  store.subscribe(ask);

  /** @param {Page.State} state */
  function ask(state) {
    const { selected, suggest, suggestions, has_model, ready, model_turn: turn } = state;
    if (asking || !suggest || !has_model || !ready || selected === null) return;
    if (suggestions[selected]?.turn === turn) return;
    const note = state.documents.find((candidate) => candidate.id === selected);
    if (!note) return;
    asking = true;
    engine
      .call("predict", note.text)
      .then(({ entities }) => {
        asking = false;
        store.dispatch({ type: "suggested", id: note.id, suggestions: { turn, entities } });
      })
      .catch((fault) => {
        // Not asked again until the person does, or a fault would repeat without end.
        store.dispatch({ type: "patch", patch: { suggest: false } });
        asking = false;
        report(store, fault);
      });
  }
}

/**
 * @param {File} file
 * @returns {Source}
 */
function asSource(file) {
  return { name: file.name, bytes: () => fileBytes(file, NOTES_LIMIT) };
}

/**
 * @param {Source} source
 * @param {Fedner.Imported} imported
 * @returns {Page.Note[]}
 */
function asNotes(source, { documents }) {
  const split = source.split ?? (saysHeldOut(source.name) ? "held-out" : "auto");
  const ids = noteIds(documents);
  return documents.map(({ name, text, entities, labelled }, i) =>
    newNote({
      id: /** @type {string} */ (ids[i]),
      file: source.name,
      name,
      text,
      entities,
      labelled,
      split,
    }),
  );
}

/** @param {Page.Note[]} documents */
function pasteName(documents) {
  const pasted = documents.filter((note) => note.file.startsWith(PASTE_NAME)).length;
  return `${PASTE_NAME} ${pasted + 1}.txt`;
}
