// What the terms find in the notes: taken in slice by slice, and read out as suggestions.

import { sameWords } from "../../../shared/phrase.js";

/** Characters and notes that the worker searches at once; sending them must not hold up a frame. */
export const SLICE_CHARACTERS_MAX = 200_000;
export const SLICE_NOTES_MAX = 200;
/** Matches kept of all notes; each takes 12 bytes. */
export const MATCHES_MAX = 2_000_000;

/** @type {Page.TermSearch} */
export const NO_TERM_SEARCH = { turn: 0, notes: {}, searched: 0, counts: new Uint32Array(), matches: 0, with_match: 0, problems: [] };

/**
 * @param {Page.State} state
 * @param {Page.Term[]} terms
 * @returns {Page.State}
 */
export function withTerms(state, terms) {
  const term_search = { ...NO_TERM_SEARCH, turn: state.term_search.turn + 1, counts: new Uint32Array(terms.length) };
  return { ...state, terms, term_search };
}

/**
 * The notes to search next: the open one first.
 * @param {Page.State} state
 * @returns {Page.Note[]}
 */
export function nextToSearch({ notes, selected, terms, term_search }) {
  if (terms.length === 0 || term_search.matches >= MATCHES_MAX) return [];
  const missing = (/** @type {Page.Note} */ note) => !(note.id in term_search.notes);
  const open = notes.find((note) => note.id === selected);
  if (open && missing(open)) return [open];
  /** @type {Page.Note[]} */
  const slice = [];
  let characters = 0;
  for (const note of notes) {
    if (!missing(note)) continue;
    if (slice.length > 0 && (characters + note.text.length > SLICE_CHARACTERS_MAX || slice.length === SLICE_NOTES_MAX)) break;
    slice.push(note);
    characters += note.text.length;
  }
  return slice;
}

/**
 * @param {Page.State} state
 * @param {{turn: number, notes: {id: string, matches: Uint32Array}[]}} found
 * @returns {Page.State}
 */
export function withMatches(state, { turn, notes }) {
  const { term_search: before } = state;
  if (turn !== before.turn) return state;
  const search = copied(before);
  for (const { id, matches } of notes) {
    search.notes[id] = matches;
    count(search, matches, 1);
  }
  return { ...state, term_search: search };
}

/**
 * @param {Page.State} state
 * @param {string[]} ids
 * @returns {Page.State}
 */
export function withoutNotes(state, ids) {
  const search = copied(state.term_search);
  for (const id of ids) {
    const matches = search.notes[id];
    if (matches) count(search, matches, -1);
    delete search.notes[id];
  }
  return { ...state, term_search: search };
}

/** @param {Page.TermSearch} search @returns {Page.TermSearch} */
function copied(search) {
  return { ...search, notes: { ...search.notes }, counts: search.counts.slice() };
}

/**
 * @param {Page.TermSearch} search
 * @param {Uint32Array} matches of a note
 * @param {1 | -1} by
 */
function count(search, matches, by) {
  search.searched += by;
  search.matches += (by * matches.length) / 3;
  if (matches.length > 0) search.with_match += by;
  for (let i = 2; i < matches.length; i += 3) {
    const term = matches[i] ?? 0;
    search.counts[term] = (search.counts[term] ?? 0) + by;
  }
}

/**
 * @param {Page.State} state
 * @param {{turn: number, problems: Page.Said[]}} unusable
 * @returns {Page.State}
 */
export function withProblems(state, { turn, problems }) {
  const { term_search } = state;
  // A worker that is started again says the same once more.
  const news = problems.filter((problem) => !term_search.problems.some((known) => sameWords(known, problem)));
  if (turn !== term_search.turn || news.length === 0) return state;
  return { ...state, term_search: { ...term_search, problems: [...term_search.problems, ...news] } };
}

/**
 * What the terms suggest for a note.
 * @param {Pick<Page.State, "terms" | "term_search">} state
 * @param {string} id
 * @returns {Page.Suggested[]}
 */
export function termSuggestions({ terms, term_search }, id) {
  const found = term_search.notes[id];
  /** @type {Page.Suggested[]} */
  const suggested = [];
  for (let i = 0; found && i < found.length; i += 3) {
    const [start = 0, end = 0, at = 0] = found.subarray(i, i + 3);
    const term = terms[at];
    if (term) suggested.push({ start, end, label: term.label, ...(term.code === "" ? {} : { code: term.code }) });
  }
  return suggested;
}
