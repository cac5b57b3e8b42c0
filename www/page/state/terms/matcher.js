// Finds the terms of a list in texts: whole words, the longest first. A tree over words, so that its time does not grow
// with the length of the list.

import { phrase } from "../../../shared/phrase.js";
import { folded, wordsOf } from "./fold.js";

/** A word of capitals up to this length is an abbreviation: “ALL” is not “all”. */
const ABBREVIATION_MAX = 4;
/** Matches kept of one note; nobody decides on more. */
export const NOTE_MATCHES_MAX = 20_000;

/** @typedef {{next: Map<string, Node>, terms: number[]}} Node */
/** @typedef {{start: number, end: number, term: number}} Match */

/**
 * A list of terms, ready to be looked for.
 * @typedef {{roots: Map<string, Node>, patterns: {term: number, expression: RegExp}[], terms: Page.Term[], abbreviations: Set<number>, problems: Page.Said[]}} Matcher
 */

/**
 * @param {Page.Term[]} terms
 * @param {ReadonlySet<number>} [left_out] places in the list that are not looked for
 * @returns {Matcher}
 */
export function matcherOf(terms, left_out = new Set()) {
  /** @type {Matcher} */
  const matcher = { roots: new Map(), patterns: [], terms, abbreviations: abbreviations(terms), problems: [] };
  for (const [i, term] of terms.entries()) {
    if (left_out.has(i)) continue;
    if (term.pattern) addPattern(matcher, term, i);
    else addTerm(matcher, term, i);
  }
  return matcher;
}

/**
 * The places of the terms in a text, in its order; none overlaps another, unless both are the same words with different
 * labels.
 * @param {Matcher} matcher
 * @param {string} text
 * @param {(term: number | null) => void} [onPattern] told before each pattern is tried; null when all were
 * @returns {Match[]}
 */
export function matches(matcher, text, onPattern = () => {}) {
  const found = byWords(matcher, text);
  for (const { term, expression } of matcher.patterns) {
    onPattern(term);
    for (const { 0: words, index: start } of text.matchAll(expression)) {
      if (words.trim() !== "") found.push({ start, end: start + words.length, term });
    }
  }
  if (matcher.patterns.length > 0) onPattern(null);
  return longestFirst(found, matcher.terms).slice(0, NOTE_MATCHES_MAX);
}

/**
 * @param {Matcher} matcher
 * @param {Page.Term} term
 * @param {number} i
 */
function addPattern({ patterns, problems }, { text }, i) {
  try {
    patterns.push({ term: i, expression: expressionOf(text) });
  } catch (fault) {
    problems.push(phrase("terms.no-pattern", { term: text, detail: fault instanceof Error ? fault.message : String(fault) }));
  }
}

/**
 * A regular expression between slashes; it takes no notice of case unless flags are given.
 * @param {string} text
 */
export function expressionOf(text) {
  const end = text.lastIndexOf("/");
  const flags = text.slice(end + 1) || "i";
  return new RegExp(text.slice(1, end), [...new Set(`gu${flags}`)].filter((flag) => flag !== "y").join(""));
}

/**
 * @param {Matcher} matcher
 * @param {Page.Term} term
 * @param {number} i
 */
function addTerm({ roots, problems }, { text, language }, i) {
  const words = wordsOf(text);
  if (words.length === 0) {
    problems.push(phrase("terms.no-word", { term: text }));
    return;
  }
  let node = child(roots, language);
  for (const { key } of words) node = child(node.next, folded(key, language));
  node.terms.push(i);
}

/**
 * The node under a key, made where there is none.
 * @param {Map<string, Node>} nodes
 * @param {string} key
 * @returns {Node}
 */
function child(nodes, key) {
  const found = nodes.get(key) ?? { next: new Map(), terms: [] };
  nodes.set(key, found);
  return found;
}

/**
 * @param {Matcher} matcher
 * @param {string} text
 */
function byWords({ roots, terms, abbreviations }, text) {
  const words = wordsOf(text);
  /** @type {Match[]} */
  const found = [];
  for (const [language, root] of roots) {
    const keys = words.map(({ key }) => folded(key, language));
    for (let first = 0; first < words.length; first += 1) {
      const start = /** @type {import("./fold.js").Word} */ (words[first]).start;
      let node = root.next.get(/** @type {string} */ (keys[first]));
      for (let last = first; node; last += 1) {
        const end = /** @type {import("./fold.js").Word} */ (words[last]).end;
        for (const term of node.terms) {
          // “MIs” is “MI” in the plural, and “mi” is something else.
          const written = abbreviations.has(term) ? terms[term]?.text.trim() : undefined;
          if (written === undefined || text.startsWith(written, start)) found.push({ start, end, term });
        }
        node = node.next.get(keys[last + 1] ?? "");
      }
    }
  }
  return found;
}

/**
 * The longest matches win over those that overlap them; of equal length the earlier ones.
 * @param {Match[]} found
 * @param {Page.Term[]} terms
 */
function longestFirst(found, terms) {
  found.sort((a, b) => b.end - b.start - (a.end - a.start) || a.start - b.start || a.term - b.term);
  /** @type {Match[]} */
  const kept = [];
  /** Those kept, in the order of the text, to be looked up by halving. @type {Match[]} */
  const placed = [];
  for (const match of found) {
    const at = after(placed, match.start);
    const before = placed[at - 1];
    if (before && before.start === match.start && before.end === match.end) {
      const label = terms[match.term]?.label;
      const again = kept.some((known) => known.start === match.start && known.end === match.end && terms[known.term]?.label === label);
      if (!again) kept.push(match);
    } else if (!(before && before.end > match.start) && !(placed[at] && placed[at].start < match.end)) {
      placed.splice(at, 0, match);
      kept.push(match);
    }
  }
  return kept.sort((a, b) => a.start - b.start || a.term - b.term);
}

/**
 * How many of the places begin at an offset or before it.
 * @param {Match[]} placed
 * @param {number} start
 */
function after(placed, start) {
  let low = 0;
  let high = placed.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {Match} */ (placed[middle]).start <= start) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The terms that are abbreviations. In a list that is written in capitals none is told from other words.
 * @param {Page.Term[]} terms
 * @returns {Set<number>}
 */
function abbreviations(terms) {
  const capitals = terms.filter(({ text, pattern }) => !pattern && text === text.toUpperCase() && text !== text.toLowerCase());
  if (terms.length > 3 && 2 * capitals.length > terms.length) return new Set();
  const short = (/** @type {string} */ text) => text.length <= ABBREVIATION_MAX && /^[\p{Lu}\p{N}]*\p{Lu}[\p{Lu}\p{N}]*$/u.test(text);
  return new Set(terms.flatMap(({ text, pattern }, i) => (!pattern && short(text.trim()) ? [i] : [])));
}
