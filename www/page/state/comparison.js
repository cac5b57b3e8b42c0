// Two annotation sets side by side: which notes belong together, where they differ, and what was decided.

import { phrase } from "../../shared/phrase.js";
import { sameMark } from "./edit/change.js";

/** The ways to settle a disagreement, with the keys that do it. */
export const CHOICES = /** @type {const} */ ([
  { choice: "mine", key: "1" },
  { choice: "theirs", key: "2" },
  { choice: "neither", key: "3" },
  { choice: "both", key: "4" },
]);

/**
 * Finds the note for each document of another set: the same text, and among those the same name. A note is used once.
 * White space does not count: formats of tokens, such as CoNLL, do not keep it.
 * @param {Page.Note[]} notes
 * @param {Fedner.Imported["documents"]} theirs
 * @returns {{pairs: Page.ComparedNote[], left_out: {name: string, message: Page.Said}[]}}
 */
export function matched(notes, theirs) {
  /** @type {Map<string, Page.Note[]>} */
  const byText = new Map();
  for (const note of notes) {
    const text = withoutBlanks(note.text);
    const same = byText.get(text);
    if (same) same.push(note);
    else byText.set(text, [note]);
  }
  const names = new Set(notes.map((note) => note.name));
  /** @type {Page.ComparedNote[]} */
  const pairs = [];
  const left_out = [];
  for (const { name, text, entities, labelled } of theirs) {
    const candidates = byText.get(withoutBlanks(text));
    const at = Math.max(candidates?.findIndex((note) => note.name === name) ?? 0, 0);
    const [note] = (labelled && candidates?.splice(at, 1)) || [];
    if (note) pairs.push({ id: note.id, mine: note.entities, theirs: movedTo(note.text, text, entities) });
    else left_out.push({ name, message: whyNot(labelled, candidates !== undefined, names.has(name)) });
  }
  return { pairs, left_out };
}

/** @param {string} text */
function withoutBlanks(text) {
  return text.replace(/\s+/gu, "");
}

/**
 * Marks of a text moved to their places in another one that differs from it in blanks only.
 * @param {string} to
 * @param {string} from
 * @param {Fedner.Entity[]} entities
 * @returns {Fedner.Entity[]}
 */
export function movedTo(to, from, entities) {
  if (to === from) return entities;
  const solid = solidPlaces(to);
  /** How many units that are no blanks lie before each place. */
  const before = new Uint32Array(from.length + 1);
  for (let i = 0; i < from.length; i += 1) before[i + 1] = (before[i] ?? 0) + Number(!/\s/u.test(from[i] ?? ""));
  return entities.flatMap(({ start, end, label }) => {
    const first = solid[before[start] ?? 0];
    const last = solid[(before[end] ?? 0) - 1];
    return first === undefined || last === undefined || last < first ? [] : [{ start: first, end: last + 1, label }];
  });
}

/**
 * The places of everything in a text that is no blank.
 * @param {string} text
 */
function solidPlaces(text) {
  const places = [];
  for (let i = 0; i < text.length; i += 1) if (!/\s/u.test(text[i] ?? "")) places.push(i);
  return places;
}

/**
 * @param {boolean} labelled
 * @param {boolean} here
 * @param {boolean} named
 */
function whyNot(labelled, here, named) {
  if (!labelled) return phrase("compare.no-labels");
  if (here) return phrase("compare.twice");
  return named ? phrase("compare.other-text") : phrase("compare.not-here");
}

/**
 * A disagreement's name in the decisions of its note.
 * @param {Fedner.Disagreement} disagreement
 */
export function disagreementKey({ a, b }) {
  return [a, b].map((mark) => (mark ? `${mark.start}-${mark.end}-${mark.label}` : "")).join("|");
}

/**
 * What was decided about a disagreement; null: nothing yet.
 * @param {Page.Comparison} comparison
 * @param {Page.Note | undefined} note
 * @param {Fedner.Disagreement} disagreement
 * @returns {Page.Choice | null}
 */
export function decision(comparison, note, disagreement) {
  if (note?.decisions?.comparison !== comparison.id) return null;
  return note.decisions.choices[disagreementKey(disagreement)] ?? null;
}

/**
 * The edit that settles a disagreement. It starts from the note as it is, so that whatever was changed by hand stays,
 * and a decision can be made anew.
 * @param {Page.Comparison} comparison
 * @param {Page.Note} note
 * @param {Fedner.Disagreement} disagreement
 * @param {Page.Choice} choice
 * @returns {Extract<Page.Edit, {kind: "adjudicate"}>}
 */
export function settled(comparison, note, disagreement, choice) {
  const { a, b } = disagreement;
  const others = note.entities.filter((entity) => !(a && sameMark(entity, a)) && !(b && sameMark(entity, b)));
  const mine = a && (choice === "mine" || choice === "both") ? [a] : [];
  const theirs = b && (choice === "theirs" || choice === "both") ? [b] : [];
  const before = note.decisions?.comparison === comparison.id ? note.decisions.choices : {};
  const choices = { ...before, [disagreementKey(disagreement)]: choice };
  const all = comparison.agreement.disagreements.filter((other) => other.id === note.id);
  const done = all.every((other) => disagreementKey(other) in choices);
  const decisions = { comparison: comparison.id, choices };
  return { kind: "adjudicate", note: note.id, entities: [...others, ...mine, ...theirs], decisions, done };
}

/**
 * How many disagreements are decided.
 * @param {Page.Comparison} comparison
 * @param {Page.Note[]} notes
 */
export function decided(comparison, notes) {
  const byId = new Map(notes.map((note) => [note.id, note]));
  return comparison.agreement.disagreements.filter((one) => decision(comparison, byId.get(one.id), one) !== null).length;
}

/**
 * The place of the next disagreement nobody has decided, from the beginning again after the end; the same place when
 * all are.
 * @param {Page.Comparison} comparison
 * @param {Page.Note[]} notes
 * @param {number} from
 */
export function nextOpen(comparison, notes, from) {
  const { disagreements } = comparison.agreement;
  const byId = new Map(notes.map((note) => [note.id, note]));
  for (let step = 1; step <= disagreements.length; step += 1) {
    const at = (from + step) % disagreements.length;
    const one = /** @type {Fedner.Disagreement} */ (disagreements[at]);
    if (decision(comparison, byId.get(one.id), one) === null) return at;
  }
  return from;
}

/** Characters of the note shown on each side of a disagreement. */
const AROUND = 120;

/**
 * A piece of a note around a disagreement, with the marks of one set that lie in it, counted from its beginning.
 * @param {string} text
 * @param {Fedner.Disagreement} disagreement
 * @param {Fedner.Entity[]} entities
 */
export function aroundDisagreement(text, { a, b }, entities) {
  const marks = [a, b].filter((mark) => mark !== null);
  const start = Math.min(...marks.map((mark) => mark.start));
  const end = Math.max(...marks.map((mark) => mark.end));
  const from = atWord(text, start - AROUND);
  const to = atWord(text, end + AROUND);
  const inside = entities.filter((entity) => entity.start >= from && entity.end <= to);
  return {
    before: from > 0,
    after: to < text.length,
    text: text.slice(from, to),
    entities: inside.map((entity) => ({ ...entity, start: entity.start - from, end: entity.end - from })),
    focus: { start: start - from, end: end - from },
  };
}

/**
 * The nearest blank before a place, so that no word is cut.
 * @param {string} text
 * @param {number} offset
 */
function atWord(text, offset) {
  if (offset <= 0) return 0;
  if (offset >= text.length) return text.length;
  const blank = text.slice(Math.max(offset - 40, 0), offset).search(/\s\S*$/u);
  return blank < 0 ? offset : Math.max(offset - 40, 0) + blank + 1;
}
