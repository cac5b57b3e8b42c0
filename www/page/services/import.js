// Imports notes: files, folders, archives, pasted text. Files are read in batches, so that progress is shown and it can be stopped.

import { phrase } from "../../shared/phrase.js";
import { fileBytes } from "../browser/file.js";
import { nextFrame } from "../browser/frames.js";
import { said, text } from "../language/language.js";
import { importBatches } from "../state/import-batches.js";
import { importReport } from "../state/import-report.js";
import { importedNotes } from "../state/imported.js";
import { noteIds } from "../state/note-id.js";
import { changedTexts, sameTexts } from "../state/same-text.js";
import { leftOutPhrase, withinTrainingLimit } from "../state/training-limit.js";
import { asFailure } from "./failures.js";

/** Notes a workspace can hold, and characters of all of them. */
export const NOTES_MAX = 20_000;
export const CHARACTERS_MAX = 150_000_000;
/** The largest file that is imported; a larger one is not even read. */
const NOTES_LIMIT = { bytes_max: 64 * 1024 * 1024, code: "import", hint: phrase("import.split-hint") };
/** Notes added between two frames. */
const SLICE_NOTES = 400;

/**
 * @typedef {{name: string, size: number, bytes: () => Promise<Uint8Array>, split?: Page.Split}} Source
 */

/**
 * @param {Page.Context} context
 * @param {import("./files.js").FilesService} reader
 */
export function importService({ store, bus }, reader) {
  const importer = new Importer(store, reader);
  bus.on("add-files", ({ files, format, columns, left_out }) => importer.add(files.map(asSource), { format, columns, left_out }));
  bus.on("add-text", (pasted) => {
    const name = pasteName(store.get().notes);
    const bytes = new TextEncoder().encode(pasted);
    return importer.add([{ name, size: bytes.length, bytes: async () => bytes }], { format: "text" });
  });
  bus.on("stop-import", () => importer.stop());
  /** @type {Importer["add"]} */
  const add = (sources, how) => importer.add(sources, how);
  return { add };
}

class Importer {
  #store;
  #reader;
  #stopped = false;
  #askedToPersist = false;

  /**
   * @param {Page.Store} store
   * @param {import("./files.js").FilesService} reader
   */
  constructor(store, reader) {
    this.#store = store;
    this.#reader = reader;
  }

  stop() {
    this.#stopped = true;
    this.#store.dispatch({ type: "import-stopping" });
    this.#reader.stop();
  }

  /**
   * Reads the sources; what can't be read is listed, the rest is added.
   * @param {Source[]} sources
   * @param {{format?: Fedner.FormatName | null, columns?: Fedner.TableColumns | null, left_out?: number}} [how]
   *   `format` null: the files say it; `columns` of tables; `left_out`: files that were not even tried
   */
  async add(sources, { format = null, columns = null, left_out = 0 } = {}) {
    if (this.#store.get().importing || sources.length + left_out === 0) return;
    this.#stopped = false;
    const sum = emptySum(left_out);
    let read = 0;
    for (const batch of importBatches(sources)) {
      /** @param {number} done */
      const progress = (done) => this.#store.dispatch({ type: "import-progressed", file: batch[0]?.name ?? "", read: read + done, total: sources.length });
      progress(0);
      const end = await this.#readBatch(batch, { format, columns, progress }, sum);
      if (end !== "stopped") read += batch.length;
      if (end !== null || this.#stopped || sum.full) break;
    }
    const { problems, files } = sum;
    const { left_out: untrained } = withinTrainingLimit(this.#store.get().notes);
    if (untrained > 0 && sum.added > 0) problems.unshift({ file: phrase("import.this-workspace"), line: null, message: leftOutPhrase(untrained) });
    const report = importReport({ ...sum, sources: sources.length, read });
    const same = sameTexts(this.#store.get().notes, sum.ids);
    const changed = changedTexts(this.#store.get().notes, sum.ids);
    this.#store.dispatch({ type: "import-finished", report, problems, files, same, changed });
    await this.#requestPersistence();
  }

  /**
   * @param {Source[]} batch
   * @param {{format: Fedner.FormatName | null, columns: Fedner.TableColumns | null, progress: (done: number) => void}} how
   * @param {Sum} sum
   * @returns {Promise<"stopped" | "broken" | null>} why reading on makes no sense; null: it does
   */
  async #readBatch(batch, { format, columns, progress }, sum) {
    const files = [];
    for (const { name, bytes } of batch) {
      try {
        files.push({ name, bytes: await bytes() });
      } catch (fault) {
        sum.problems.push(asProblem(name, fault));
      }
    }
    if (files.length === 0) return null;
    try {
      const imported = await this.#reader.run("importFiles", [files, format, columns], progress);
      sum.problems.push(...imported.problems);
      sum.files.push(...imported.files);
      const splits = new Map(batch.map(({ name, split }) => [name, split]));
      const { notes, unmarked } = importedNotes(imported, { ids: noteIds(imported.documents, sum.seen), splits });
      sum.unmarked += unmarked;
      await this.#take(notes, sum);
      return null;
    } catch (fault) {
      const { code, message: what } = asFailure(fault);
      const message = said(what);
      if (code === "cancelled") return "stopped";
      // Nothing could be read; the message begins with the file's name.
      sum.problems.push(asProblem(files.find(({ name }) => message.startsWith(name))?.name ?? files[0]?.name ?? "", fault));
      return ["files-crashed", "worker-error"].includes(code) ? "broken" : null;
    }
  }

  /**
   * Adds notes, some in each frame.
   * @param {Page.Note[]} notes
   * @param {Sum} sum
   */
  async #take(notes, sum) {
    for (let at = 0; at < notes.length && !sum.full; at += SLICE_NOTES) {
      if (at > 0) await nextFrame();
      const before = this.#store.get().notes;
      const known = new Set(before.map((note) => note.id));
      const slice = notes.slice(at, at + SLICE_NOTES);
      const news = slice.filter((note) => !known.has(note.id));
      const fitting = withinLimits(before, news);
      if (fitting.length < news.length) reportFull(notes.length - at - (slice.length - news.length) - fitting.length, sum);
      sum.again += slice.length - news.length;
      sum.added += fitting.length;
      for (const { id } of fitting) sum.ids.add(id);
      sum.entities += fitting.reduce((entities, note) => entities + note.entities.length, 0);
      this.#store.dispatch({ type: "notes-added", notes: fitting });
    }
  }

  async #requestPersistence() {
    if (this.#askedToPersist || !navigator.storage?.persist) return;
    this.#askedToPersist = true;
    await navigator.storage.persist();
  }
}

/**
 * The result of an import so far.
 * @typedef {ReturnType<typeof emptySum>} Sum
 * @param {number} left_out
 */
function emptySum(left_out) {
  return {
    added: 0,
    again: 0,
    entities: 0,
    unmarked: 0,
    left_out,
    full: false,
    /** @type {Page.ImportProblem[]} */
    problems: [],
    /** @type {Fedner.Imported["files"]} */
    files: [],
    /** @type {Map<string, number>} */
    seen: new Map(),
    /** Ids of the notes added. @type {Set<string>} */
    ids: new Set(),
  };
}

/**
 * @param {Page.Note[]} there
 * @param {Page.Note[]} notes
 */
function withinLimits(there, notes) {
  let characters = there.reduce((sum, note) => sum + note.text.length, 0);
  return notes.slice(0, Math.max(NOTES_MAX - there.length, 0)).filter((note) => {
    characters += note.text.length;
    return characters <= CHARACTERS_MAX;
  });
}

/**
 * @param {number} notes
 * @param {Sum} sum
 */
function reportFull(notes, sum) {
  sum.full = true;
  const message = phrase("import.full", { notes: NOTES_MAX, millions: CHARACTERS_MAX / 1e6, left: notes });
  sum.problems.push({ file: phrase("import.this-workspace"), line: null, message });
}

/**
 * @param {string} file
 * @param {unknown} fault
 * @returns {Page.ImportProblem}
 */
function asProblem(file, fault) {
  const { message, hint } = asFailure(fault);
  // Some messages begin with the file's name, which is shown beside them.
  const named = typeof message === "string" && message.startsWith(file);
  const own = named ? message.slice(file.length).replace(/^:? /u, "") : message;
  const rest = Array.isArray(own) && own[0] === `${file}:` ? own.slice(1) : [own];
  return { file, line: null, message: [...rest, hint] };
}

/**
 * @param {File} file
 * @returns {Source}
 */
function asSource(file) {
  const name = file.webkitRelativePath || file.name;
  return { name, size: file.size, bytes: () => fileBytes(file, NOTES_LIMIT) };
}

/** @param {Page.Note[]} notes */
function pasteName(notes) {
  const name = text("add.paste-name");
  const pasted = notes.filter((note) => note.file.startsWith(name)).length;
  return `${name} ${pasted + 1}.txt`;
}
