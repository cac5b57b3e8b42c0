// Compares the notes with another person's annotation of them, and settles where they differ.

import { phrase } from "../../shared/phrase.js";
import { fileBytes } from "../browser/file.js";
import { text } from "../language/language.js";
import { CHOICES, matched, nextOpen, settled } from "../state/comparison.js";
import { marksIn } from "../state/same-text.js";

const FILE_LIMIT = { bytes_max: 64 * 1024 * 1024, code: "import", hint: phrase("import.split-hint") };

/**
 * @typedef {{pairs: Page.ComparedNote[], left_out: {name: string, message: Page.Said}[], problems: Fedner.Imported["problems"]}} Found
 */

/**
 * @param {Page.Context} context
 * @param {import("./engine.js").EngineService} engine
 * @param {import("./files.js").FilesService} files
 */
export function compareService({ store, bus }, engine, files) {
  /** @param {File[]} chosen */
  async function compare(chosen) {
    if (store.get().comparing || chosen.length === 0) return;
    store.dispatch({ type: "comparison-started" });
    try {
      const inputs = await Promise.all(chosen.map(async (file) => ({ name: file.name, bytes: await fileBytes(file, FILE_LIMIT) })));
      const imported = await files.run("importFiles", [inputs, null]);
      const found = { ...matched(store.get().notes, imported.documents), problems: imported.problems };
      store.dispatch({ type: "comparison-finished", comparison: await comparisonOf(found, nameOf(chosen)) });
    } catch (fault) {
      store.dispatch({ type: "comparison-failed" });
      throw fault;
    }
  }

  /** @type {(found: Found, name: string) => Promise<Page.Comparison>} */
  const comparisonOf = (found, name) => comparisonWith(engine, store.get().notes, found, name);

  /** @param {number} at */
  const go = (at) => store.dispatch({ type: "disagreement-opened", at });

  /**
   * The notes just added give their marks to the comparison and go; the final set is settled in those that were there.
   * @param {Page.SameText[]} texts
   */
  async function compareSame(texts) {
    const all = comparedTwice(store.get().notes, texts);
    if (store.get().comparing || all.length === 0) return;
    store.dispatch({ type: "comparison-started" });
    try {
      const comparison = await comparisonOf({ pairs: all.map(({ pair }) => pair), left_out: [], problems: [] }, all[0]?.file ?? "");
      store.dispatch({ type: "edit", edit: { kind: "same-text", texts: all.map(({ text }) => text), how: "keep-first" } });
      store.dispatch({ type: "comparison-finished", comparison });
    } catch (fault) {
      store.dispatch({ type: "comparison-failed" });
      throw fault;
    }
  }

  bus.on("compare", compare);
  bus.on("compare-same", compareSame);
  bus.on("compare-go", go);
  bus.on("compare-close", () => store.dispatch({ type: "comparison-closed" }));
  bus.on("adjudicate", (choice) => {
    const { comparison, compare_at: at, notes, writable } = store.get();
    const disagreement = comparison?.agreement.disagreements[at];
    const note = notes.find(({ id }) => id === disagreement?.id);
    if (!comparison || !disagreement || !note || !writable || !CHOICES.some((known) => known.choice === choice)) return;
    store.dispatch({ type: "edit", edit: settled(comparison, note, disagreement, choice) });
    go(nextOpen(comparison, store.get().notes, at));
  });
}

/**
 * @param {import("./engine.js").EngineService} engine
 * @param {Page.Note[]} notes
 * @param {Found} found
 * @param {string} name of the other set
 * @returns {Promise<Page.Comparison>}
 */
async function comparisonWith(engine, notes, { pairs, left_out, problems }, name) {
  if (pairs.length === 0) throw nothingInCommon(left_out);
  const texts = new Map(notes.map(({ id, text }) => [id, text]));
  /** @param {"mine" | "theirs"} side */
  const set = (side) => pairs.map((pair) => ({ id: pair.id, text: texts.get(pair.id) ?? "", entities: pair[side] }));
  const agreement = await engine.call("agreement", set("mine"), set("theirs"));
  const names = new Map(notes.map(({ id, name }) => [id, name]));
  const skipped = agreement.left_out.map(({ id, message }) => ({ name: names.get(id) ?? id, message }));
  return { id: Date.now().toString(36), name, pairs, agreement, left_out: [...left_out, ...skipped], problems };
}

/**
 * The notes that are there twice, each with the marks of both.
 * @param {Page.Note[]} notes
 * @param {Page.SameText[]} texts
 * @returns {{text: Page.SameText, pair: Page.ComparedNote, file: string}[]}
 */
function comparedTwice(notes, texts) {
  const byId = new Map(notes.map((note) => [note.id, note]));
  /** @type {Map<string, {text: Page.SameText, pair: Page.ComparedNote, file: string}>} */
  const compared = new Map();
  for (const text of texts) {
    const before = byId.get(text.before);
    const added = byId.get(text.added);
    // A note that came in several files is compared with the first of them; the others stay.
    if (!before || !added || compared.has(before.id)) continue;
    const pair = { id: before.id, mine: before.entities, theirs: marksIn(before, added) };
    compared.set(before.id, { text, pair, file: added.file });
  }
  return [...compared.values()];
}

/** @param {File[]} files */
function nameOf(files) {
  return files.length === 1 ? (files[0]?.name ?? "") : text("compare.files", { count: files.length });
}

/**
 * @param {{name: string, message: Page.Said}[]} left_out
 * @returns {Page.Failure}
 */
function nothingInCommon(left_out) {
  const [first] = left_out;
  const example = first ? phrase("compare.for-instance", { name: first.name, why: first.message }) : "";
  return {
    code: "import",
    message: [phrase("compare.nothing"), example],
    hint: phrase("compare.nothing-hint"),
  };
}
