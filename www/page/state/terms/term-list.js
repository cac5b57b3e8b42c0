// Reads a list of terms: a term a line, or a table of term, label, code and language, separated by commas, semicolons or tabs.

import { isPhrase, phrase } from "../../../shared/phrase.js";
import { rowsOf } from "../delimited.js";

/** Terms of a workspace. */
export const TERMS_MAX = 50_000;
/** The largest file of terms. */
export const TERMS_BYTES_MAX = 16 * 1024 * 1024;
/** Characters of a term. */
const TERM_MAX = 500;
const LABEL_MAX = 100;
/** Problems that are listed. */
const PROBLEMS_MAX = 50;

/** Names of columns, in small letters. */
const COLUMNS = {
  term: ["term", "terms", "text", "name", "string", "word", "words", "phrase", "synonym", "str", "pattern", "begriff"],
  label: ["label", "type", "entity", "entity_type", "class", "category", "semtype", "tag"],
  code: ["code", "cui", "id", "concept", "concept_id", "identifier", "atc", "icd", "sctid", "kb_id"],
  language: ["language", "lang", "lat", "locale", "sprache"],
};

/**
 * @typedef {{terms: Page.Term[], problems: Page.Said[]}} TermList
 */

/**
 * The terms of a list. What can't be used is named with its line.
 * @param {string} content
 * @param {string} label for terms without one
 * @returns {TermList}
 */
export function readTerms(content, label) {
  const plain = content.replace(/^\u{feff}/u, "");
  const rows = rowsOf(plain, separatorOf(plain));
  /** @type {TermList} */
  const list = { terms: [], problems: [] };
  const columns = columnsOf(rows[0]?.cells ?? []);
  const known = new Set();
  let more = 0;
  for (const { line, cells } of columns ? rows.slice(1) : rows) {
    const term = termOf(cells, columns ?? { term: 0, label: 1, code: 2, language: 3 }, label);
    const full = list.terms.length >= TERMS_MAX;
    if (isPhrase(term) || full) {
      const why = isPhrase(term) ? term : phrase("terms.too-many", { most: TERMS_MAX });
      if (list.problems.length < PROBLEMS_MAX) list.problems.push(phrase("terms.left-out", { line, why }));
      else more += 1;
      continue;
    }
    const key = termKey(term);
    if (!known.has(key)) list.terms.push(term);
    known.add(key);
  }
  if (more > 0) list.problems.push(phrase("problems.more", { count: more }));
  return list;
}

/**
 * The terms of both, each once.
 * @param {Page.Term[]} before
 * @param {Page.Term[]} added
 */
export function joinedTerms(before, added) {
  const known = new Set(before.map(termKey));
  return [...before, ...added.filter((term) => !known.has(termKey(term)))].slice(0, TERMS_MAX);
}

/**
 * The list as a table that can be read again.
 * @param {Page.Term[]} terms
 */
export function termTable(terms) {
  const cell = (/** @type {string} */ text) => (/["\t\n\r]/u.test(text) ? `"${text.replace(/"/gu, '""')}"` : text);
  const rows = terms.map(({ text, label, code, language }) => [text, label, code, language].map(cell).join("\t"));
  return ["term\tlabel\tcode\tlanguage", ...rows, ""].join("\n");
}

/** @param {Page.Term} term */
function termKey({ text, label, code, language }) {
  return [text, label, code, language].join("\u0000");
}

/** @typedef {{term: number, label: number, code: number, language: number}} Columns places; -1 where there is none */

/**
 * The columns by the names in the first row; null where it is no row of names.
 * @param {string[]} head
 * @returns {Columns | null}
 */
function columnsOf(head) {
  const names = head.map((cell) => cell.trim().toLowerCase().replace(/[\s-]+/gu, "_"));
  const find = (/** @type {string[]} */ wanted) => names.findIndex((name) => wanted.includes(name));
  const found = { term: find(COLUMNS.term), label: find(COLUMNS.label), code: find(COLUMNS.code), language: find(COLUMNS.language) };
  // One word of a list may be “name”; two such words in a row are names of columns.
  const named = Object.values(found).filter((at) => at >= 0).length;
  return found.term >= 0 && (named > 1 || (head.length === 1 && names[0] === "term")) ? found : null;
}

/**
 * @param {string[]} cells
 * @param {Columns} columns
 * @param {string} otherwise the label of a term without one
 * @returns {Page.Term | Page.Phrase} why there is none
 */
function termOf(cells, columns, otherwise) {
  const cell = (/** @type {number} */ at) => (cells[at] ?? "").trim();
  const text = cell(columns.term);
  const label = cell(columns.label) || otherwise;
  if (text === "") return phrase("terms.no-term");
  if (text.length > TERM_MAX) return phrase("terms.long-term", { most: TERM_MAX });
  if (label === "") return phrase("terms.no-label");
  if (label.length > LABEL_MAX) return phrase("terms.long-label", { most: LABEL_MAX });
  const language = cell(columns.language).toLowerCase().slice(0, 2);
  const pattern = /^\/.+\/[a-z]*$/su.test(text);
  return { text, label, code: cell(columns.code), language, pattern };
}

/**
 * What separates the cells: a tab where there is one in most lines, a comma or semicolon where the first line names
 * columns by it or most lines have as many; null: every line is a term, which may hold a comma.
 * @param {string} content
 */
function separatorOf(content) {
  const lines = content.split(/\r\n|\r|\n/u, 201).slice(0, 200).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  for (const separator of ["\t", ";", ","]) {
    if (columnsOf((lines[0] ?? "").split(separator).map((cell) => cell.replace(/^"|"$/gu, ""))) && lines[0]?.includes(separator)) return separator;
  }
  const counts = (/** @type {string} */ separator) => lines.map((line) => line.replace(/"(?:[^"]|"")*"/gu, "").split(separator).length - 1);
  const most = (/** @type {string} */ separator) => 2 * counts(separator).filter((count) => count > 0).length > lines.length;
  if (counts("\t").some((count) => count > 0)) return "\t";
  return [";", ","].find(most) ?? null;
}
