// The label set of a workspace: what is defined, and what of it the notes hold.

import { replacedAt } from "./changed.js";

/** How many colours the palette has; after that they repeat with another line style. */
export const TINTS = 12;
/** Kinds of lines: solid, dashed, dotted. */
export const LINES = 3;
/** Colours with line styles: so many labels look different from each other. */
export const COLOURS = TINTS * LINES;
/** Labels a workspace can have. */
export const LABELS_MAX = 500;
/** Longest name and longest guidelines of a label, in UTF-16 units. */
export const NAME_MAX = 100;
export const DESCRIPTION_MAX = 4000;
/** Keys for labels, in the order they are given out. The letters that are missing are commands of the editor. */
export const LABEL_KEYS = [..."1234567890efghijklmoqtvwyz"];

/**
 * A new label with the next free colour and key.
 * @param {Page.LabelDefinition[]} labels those there already
 * @param {string} name
 * @returns {Page.LabelDefinition}
 */
export function definition(labels, name) {
  const colours = new Set(labels.map((label) => label.colour));
  const keys = new Set(labels.map((label) => label.key));
  let colour = 0;
  while (colours.has(colour) && colour < COLOURS) colour += 1;
  return {
    name,
    colour: colour < COLOURS ? colour : labels.length % COLOURS,
    key: LABEL_KEYS.find((key) => !keys.has(key)) ?? "",
    description: "",
    on: true,
  };
}

/**
 * The definitions with one for each of these names.
 * @param {Page.LabelDefinition[]} labels
 * @param {Iterable<string>} names
 * @returns {Page.LabelDefinition[]} the same where none is missing
 */
export function withLabels(labels, names) {
  const known = new Set(labels.map((label) => label.name));
  let all = labels;
  for (const name of names) {
    if (known.has(name)) continue;
    known.add(name);
    all = [...all, definition(all, name)];
  }
  return all;
}

/**
 * The names of all labels in these notes, sorted.
 * @param {Pick<Page.Note, "entities">[]} notes
 */
export function namesIn(notes) {
  return [...new Set(notes.flatMap((note) => note.entities.map((entity) => entity.label)))].sort();
}

/** @typedef {Map<string, {training: number, held_out: number}>} Counts */

/** The last count: an edit changes one note of thousands, and several parts of the page ask for it. */
let last = { notes: /** @type {Page.Note[]} */ ([]), counts: /** @type {Counts} */ (new Map()) };

/**
 * The label set in its order, with the number of entities.
 * @param {Page.Note[]} notes
 * @param {Page.LabelDefinition[]} labels
 * @returns {Page.Label[]}
 */
export function labelSet(notes, labels) {
  if (last.notes !== notes) last = { notes, counts: countEntities(notes, last) };
  const { counts } = last;
  return labels.map((label) => ({ ...label, ...(counts.get(label.name) ?? { training: 0, held_out: 0 }) }));
}

/**
 * @param {Page.Note[]} notes
 * @param {{notes: Page.Note[], counts: Counts}} before
 * @returns {Counts}
 */
function countEntities(notes, before) {
  const replaced = replacedAt(notes, before.notes);
  /** @type {Counts} */
  const counts = new Map(replaced ? before.counts : []);
  for (const at of replaced ?? notes.keys()) {
    if (replaced) add(counts, before.notes[at], -1);
    add(counts, notes[at], 1);
  }
  return counts;
}

/**
 * @param {Counts} counts
 * @param {Page.Note | undefined} note
 * @param {1 | -1} sign
 */
function add(counts, note, sign) {
  for (const { label } of note?.entities ?? []) {
    const { training, held_out } = counts.get(label) ?? { training: 0, held_out: 0 };
    counts.set(label, note?.held_out ? { training, held_out: held_out + sign } : { training: training + sign, held_out });
  }
}

/**
 * A label's colour and line style as classes.
 * @param {Page.LabelDefinition[]} labels
 * @param {string} name
 */
export function tint(labels, name) {
  // A model may have a label that this workspace does not.
  return tintOf(labels.find((label) => label.name === name)?.colour ?? labels.length);
}

/** @param {number} colour */
export function tintOf(colour) {
  return `tint-${colour % TINTS} line-${lineOf(colour)}`;
}

/**
 * Which kind of line: hues that look alike to the colour-blind have different ones.
 * @param {number} colour
 */
export function lineOf(colour) {
  return ((colour % TINTS) + Math.floor(colour / TINTS)) % LINES;
}

/**
 * Labels that are ticked and that the notes hold.
 * @param {Page.Note[]} notes
 * @param {Page.LabelDefinition[]} definitions
 */
export function trainedLabels(notes, definitions) {
  const found = labelSet(notes, definitions).filter((label) => label.on && label.training + label.held_out > 0);
  return found.map((label) => label.name);
}
