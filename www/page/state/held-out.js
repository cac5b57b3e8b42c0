// Which notes are held out: scored on, never trained on.

import { plainText } from "./plain-text.js";

/** Every how many notes one is held out when nothing says which. */
export const HELD_OUT_EVERY = 5;

const HELD_OUT_NAME = /(^|[^\p{L}])(dev|devel|development|test|held[-_ ]?out|valid|validation|eval)([^\p{L}]|$)/iu;

/**
 * Whether a file's name says that it holds held-out notes ("dev.conll", "my-test-notes.txt").
 * @param {string} file
 */
export function saysHeldOut(file) {
  return HELD_OUT_NAME.test(file);
}

/**
 * Settles `held_out` for every note. Notes that a file name or a person put aside are held out; if there are none,
 * every fifth of the labelled notes is, as far as nobody decided on them. Those held out so far stay so; the hash in a
 * note's id chooses the others.
 * Notes of the same text go together: a held-out note is never a copy of one that is trained on.
 * Unlabelled notes are neither: there is nothing to score them by.
 * @param {Page.Note[]} notes
 * @returns {Page.Note[]} the same objects where nothing changed
 */
export function settleHeldOut(notes) {
  const labelled = notes.filter((note) => note.labelled);
  const groups = [...sameTexts(labelled).values()];
  const decided = labelled.some((note) => note.split === "held-out");
  const chosen = new Set(decided ? groups.filter(isPutAside) : everyFifth(groups, labelled.length));
  const held = new Set([...chosen].flat());
  return notes.map((note) => {
    const held_out = held.has(note);
    return held_out === note.held_out ? note : { ...note, held_out };
  });
}

/**
 * Puts one note aside with its copies, or back; what the page chose so far stays as it is.
 * @param {Page.Note[]} notes
 * @param {string} id
 * @param {boolean} held_out
 * @returns {Page.Note[]}
 */
export function setSplit(notes, id, held_out) {
  const text = notes.filter((note) => note.id === id).map(plainText)[0];
  return notes.map((note) => {
    const wanted = note.id === id || (note.labelled && plainText(note) === text) ? held_out : note.held_out;
    return { ...note, held_out: wanted, split: wanted ? "held-out" : "training" };
  });
}

/**
 * Labelled notes by their text; white space at its ends doesn't matter.
 * @param {Page.Note[]} notes
 */
function sameTexts(notes) {
  /** @type {Map<string, Page.Note[]>} */
  const groups = new Map();
  for (const note of notes) {
    const text = plainText(note);
    const group = groups.get(text);
    if (group) group.push(note);
    else groups.set(text, [note]);
  }
  return groups;
}

/**
 * Whether notes of the same text are held out: one was put aside, and none is to be trained on.
 * @param {Page.Note[]} group
 */
function isPutAside(group) {
  return group.some((note) => note.split === "held-out") && group.every((note) => note.split !== "training");
}

/**
 * A fifth of all notes, rounded down, but at least one of two; fewer where only few are undecided.
 * @param {Page.Note[][]} groups notes of the same text
 * @param {number} all
 */
function everyFifth(groups, all) {
  const undecided = groups.filter((group) => group.every((note) => note.split === "auto"));
  let wanted = all < 2 ? 0 : Math.max(Math.floor(all / HELD_OUT_EVERY), 1);
  const picked = [];
  for (const group of undecided.sort(byChoice)) {
    // A group that is too large would take more than a fifth; if it were all there is, nothing would be left to train on.
    if (group.length > wanted || group.length === all) continue;
    picked.push(group);
    wanted -= group.length;
  }
  return picked;
}

/**
 * Groups that are held out already come first, then those of the smaller hash.
 * @param {Page.Note[]} a
 * @param {Page.Note[]} b
 */
function byChoice(a, b) {
  const held = Number(b.some((note) => note.held_out)) - Number(a.some((note) => note.held_out));
  const [idA, idB] = [smallestId(a), smallestId(b)];
  if (held !== 0) return held;
  return idA < idB ? -1 : Number(idA > idB);
}

/** @param {Page.Note[]} group */
function smallestId(group) {
  return group.reduce((least, { id }) => (id < least ? id : least), group[0]?.id ?? "");
}
