// What another program (GLiNER, MedCAT, a language model …) has marked in the notes: read from its file, shown as
// suggestions, and scored against the held-out notes.

import { isPhrase, phrase } from "../../shared/phrase.js";
import { sameMark } from "./edit/change.js";
import { plainText } from "./plain-text.js";

/** The largest file. */
export const PREANNOTATIONS_BYTES_MAX = 64 * 1024 * 1024;
/** Marks that are kept. */
export const PREANNOTATED_MARKS_MAX = 400_000;
const LABEL_MAX = 100;
/** Problems that are listed. */
const PROBLEMS_MAX = 20;

/** Names of members, the first that a record or mark has. */
const NAMES = {
  text: ["text", "note", "content", "sentence"],
  name: ["name", "id", "doc_id", "document", "title", "file", "filename"],
  marks: ["entities", "ents", "spans", "marks", "ner", "predictions", "label"],
  label: ["label", "type", "entity_group", "entity", "entity_type", "class", "labels", "types"],
  score: ["score", "confidence", "acc", "probability", "prob"],
  words: ["text", "word", "span", "source_value", "mention", "detected_name"],
};

/** @typedef {Record<string, unknown>} Json */
/** @typedef {{notes: Record<string, Page.Suggested[]>, marks: number, problems: Page.Said[]}} Read */

/**
 * Reads JSON, or JSON lines. Records are matched with the notes by their text, or by their name where they have no text.
 * @param {string} content
 * @param {Page.Note[]} notes
 * @param {Page.LabelDefinition[]} labels a label that differs in case only is taken for one of these
 * @returns {Read}
 */
export function readPreannotations(content, notes, labels) {
  const places = notePlaces(notes);
  const known = new Map(labels.map(({ name }) => [name.toLowerCase(), name]));
  const problems = problemList();
  /** @type {Read} */
  const read = { notes: {}, marks: 0, problems: problems.listed };
  for (const { where, record } of recordsOf(content, problems.add)) {
    const note = noteOf(record, places);
    if (!note) {
      problems.add(phrase("theirs.no-note", { where }));
      continue;
    }
    const list = marksOf(record);
    if (list === null) {
      problems.add(phrase("theirs.no-list", { where }));
      continue;
    }
    const characters = offsetsOf(note.text);
    const found = (read.notes[note.id] ??= []);
    for (const mark of list) {
      const placed = placedMarks(mark, note.text, characters, known);
      if (isPhrase(placed)) problems.add(phrase("theirs.mark", { where, mark: JSON.stringify(mark)?.slice(0, 120) ?? "", why: placed }));
      else if (read.marks + placed.length > PREANNOTATED_MARKS_MAX) problems.add(phrase("theirs.too-many", { where, most: PREANNOTATED_MARKS_MAX }));
      else {
        const news = placed.filter((one) => !found.some((before) => sameMark(before, one)));
        found.push(...news);
        read.marks += news.length;
      }
    }
    found.sort((a, b) => a.start - b.start || a.end - b.end);
  }
  problems.close();
  return read;
}

/**
 * Strict precision, recall and F1 of the pre-annotations on the held-out notes they are about.
 * @param {Pick<Page.State, "notes" | "preannotations">} state
 * @returns {{notes: number, of: number, f1: number | null}} `of`: held-out notes in all; `f1` null: there is nothing to score
 */
export function scoreOfPreannotations({ notes, preannotations }) {
  const held_out = notes.filter((note) => note.held_out && note.labelled);
  const scored = held_out.filter((note) => preannotations?.notes[note.id]);
  let [both, marked, suggested] = [0, 0, 0];
  for (const note of scored) {
    const found = preannotations?.notes[note.id] ?? [];
    both += found.filter((one) => note.entities.some((mark) => sameMark(mark, one))).length;
    marked += note.entities.length;
    suggested += found.length;
  }
  return { notes: scored.length, of: held_out.length, f1: marked + suggested === 0 ? null : (2 * both) / (marked + suggested) };
}

/** @param {Page.Note[]} notes */
function notePlaces(notes) {
  return { text: new Map(notes.map((note) => [plainText(note), note])), name: new Map(notes.map((note) => [note.name, note])) };
}

/**
 * @param {Json} record
 * @param {ReturnType<typeof notePlaces>} places
 */
function noteOf(record, places) {
  const holders = [record, record.data, record.meta].filter(isObject);
  const text = holders.map((holder) => first(holder, NAMES.text)).find((value) => typeof value === "string");
  // A text that is no note's is not matched by a name that many files use.
  if (typeof text === "string") return places.text.get(text.trim()) ?? null;
  const names = holders.map((holder) => first(holder, NAMES.name)).filter((value) => typeof value === "string" || typeof value === "number");
  return names.map((name) => places.name.get(String(name))).find((note) => note !== undefined) ?? null;
}

/**
 * The marks of a record; MedCAT numbers them in an object, Label Studio has them in the result of a prediction.
 * @param {Json} record
 * @returns {unknown[] | null}
 */
function marksOf(record) {
  const found = first(record, NAMES.marks);
  const list = isObject(found) ? Object.values(found) : Array.isArray(found) ? found : null;
  return list && list.flatMap((mark) => (isObject(mark) && Array.isArray(mark.result) ? mark.result : [mark]));
}

/**
 * @param {unknown} mark
 * @param {string} text
 * @param {Uint32Array} characters the offset of each character
 * @param {Map<string, string>} known
 * @returns {Page.Suggested[] | Page.Phrase} why there is none
 */
function placedMarks(mark, text, characters, known) {
  const { start, end, label: name, score, words } = membersOf(mark);
  if (typeof name !== "string" || name.trim() === "" || name.length > LABEL_MAX) return phrase("theirs.no-label");
  const label = known.get(name.trim().toLowerCase()) ?? name.trim();
  const confidence = typeof score === "number" && score >= 0 && score <= 1 ? score : undefined;
  const one = (/** @type {number} */ from, /** @type {number} */ to) => ({ start: from, end: to, label, ...(confidence === undefined ? {} : { confidence }) });
  if (start === undefined && end === undefined) {
    if (typeof words !== "string" || words.trim() === "") return phrase("theirs.no-place");
    const places = wholeWords(text, words.trim());
    return places.length > 0 ? places.map((at) => one(at, at + words.trim().length)) : phrase("theirs.other-words");
  }
  if (!isCount(start) || !isCount(end) || start >= end) return phrase("theirs.no-offsets");
  const says = (/** @type {number} */ from, /** @type {number} */ to) => typeof words !== "string" || squeezed(text.slice(from, to)) === squeezed(words);
  // Offsets count characters as Python does, or UTF-16 units as JavaScript does; the words tell.
  const [from, to] = [characters[start], characters[end]];
  if (from !== undefined && to !== undefined && says(from, to)) return [one(from, to)];
  if (end <= text.length && typeof words === "string" && says(start, end)) return [one(start, end)];
  return from === undefined || to === undefined ? phrase("theirs.outside") : phrase("theirs.differs");
}

/**
 * An array of start, end, label and score, or an object; Label Studio keeps place and label in `value`.
 * @param {unknown} mark
 * @returns {{start: unknown, end: unknown, label: unknown, score: unknown, words: unknown}}
 */
function membersOf(mark) {
  if (Array.isArray(mark)) return { start: mark[0], end: mark[1], label: mark[2], score: mark[3], words: undefined };
  if (!isObject(mark)) return { start: undefined, end: undefined, label: undefined, score: undefined, words: undefined };
  const value = isObject(mark.value) ? mark.value : mark;
  const label = first(value, NAMES.label);
  return {
    start: value.start ?? value.start_offset ?? value.start_char,
    end: value.end ?? value.end_offset ?? value.end_char,
    label: Array.isArray(label) ? label[0] : label,
    score: first(mark, NAMES.score),
    words: first(value, NAMES.words),
  };
}

/**
 * The records of JSON, of JSON lines, or of an object of records by name.
 * @param {string} content
 * @param {(problem: Page.Phrase) => void} onProblem
 * @returns {{where: Page.Phrase, record: Json}[]}
 */
function recordsOf(content, onProblem) {
  const numbered = (/** @type {unknown[]} */ all) =>
    all.flatMap((record, i) => {
      const where = phrase("theirs.record", { at: i + 1 });
      if (isObject(record)) return [{ where, record }];
      onProblem(phrase("theirs.no-object", { where }));
      return [];
    });
  const whole = parsed(content.replace(/^\u{feff}/u, ""));
  if (Array.isArray(whole)) return numbered(whole);
  if (isObject(whole)) {
    const named = Object.entries(whole).filter(([, value]) => isObject(value) && marksOf(value) !== null);
    const is_one = first(whole, NAMES.text) !== undefined || marksOf(whole) !== null;
    if (is_one || named.length === 0) return numbered([whole]);
    return named.map(([name, record]) => ({ where: phrase("theirs.named", { name }), record: { name, .../** @type {Json} */ (record) } }));
  }
  return content.split(/\r\n|\r|\n/u).flatMap((line, i) => {
    if (line.trim() === "") return [];
    const record = parsed(line);
    const where = phrase("theirs.line", { at: i + 1 });
    if (isObject(record)) return [{ where, record }];
    onProblem(phrase("theirs.no-json", { where }));
    return [];
  });
}

function problemList() {
  /** @type {Page.Said[]} */
  const listed = [];
  let more = 0;
  return {
    listed,
    /** @param {Page.Phrase} problem */
    add(problem) {
      if (listed.length < PROBLEMS_MAX) listed.push(phrase("theirs.left-out", { problem }));
      else more += 1;
    },
    close() {
      if (more > 0) listed.push(phrase("problems.more", { count: more }));
    },
  };
}

/** The offset of each character, and of the end, in UTF-16 units. @param {string} text */
function offsetsOf(text) {
  const offsets = [];
  let at = 0;
  for (const character of text) {
    offsets.push(at);
    at += character.length;
  }
  return Uint32Array.from([...offsets, at]);
}

/**
 * Where words stand by themselves in a text.
 * @param {string} text
 * @param {string} words
 */
function wholeWords(text, words) {
  const found = [];
  const inWord = /[\p{L}\p{M}\p{N}_]/u;
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + words.length)) {
    const [before, after] = [text[at - 1] ?? " ", text[at + words.length] ?? " "];
    const inside = (inWord.test(before) && inWord.test(words[0] ?? "")) || (inWord.test(after) && inWord.test(words.at(-1) ?? ""));
    if (!inside) found.push(at);
  }
  return found;
}

/** @param {string} text */
function squeezed(text) {
  return text.replace(/\s+/gu, " ").trim().toLowerCase();
}

/** @param {string} json @returns {unknown} */
function parsed(json) {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** @param {Json} holder @param {string[]} names */
function first(holder, names) {
  return names.map((name) => holder[name]).find((value) => value !== undefined && value !== null);
}

/** @param {unknown} value @returns {value is Json} */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {unknown} value @returns {value is number} */
function isCount(value) {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}
