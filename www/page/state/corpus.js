// What the engine is given to train on and to score with, and what of it has changed.

import { replacedAt } from "./changed.js";
import { trainedLabels } from "./labels.js";
import { withinTrainingLimit } from "./training-limit.js";

/** @typedef {{labels: string[], notes: Page.Note[], left_out: number}} TrainedOn */

/**
 * The notes and labels to train on; unlabelled notes would teach the model that they hold no entities. The labels are
 * sorted, so that their order in the list is no business of the model's. Beyond the limit notes are left out.
 * @param {Page.Note[]} notes
 * @param {Page.LabelDefinition[]} definitions
 * @returns {TrainedOn}
 */
export function trainedOn(notes, definitions) {
  return { labels: trainedLabels(notes, definitions).sort(), ...withinTrainingLimit(notes) };
}

/**
 * Whether the engine must be given all notes: it has none yet, or those with other labels, which makes each another one.
 * @param {TrainedOn | null} given
 * @param {string[]} labels
 */
export function allAnew(given, labels) {
  return given === null || labels.length !== given.labels.length || labels.some((label, i) => label !== given.labels[i]);
}

/**
 * @param {TrainedOn} wanted
 * @returns {Fedner.Corpus}
 */
export function wholeCorpus({ labels, notes }) {
  return { labels, documents: documents(notes, labels) };
}

/**
 * The change for an engine that has other notes with the same labels.
 * @param {TrainedOn} given
 * @param {TrainedOn} wanted
 * @returns {Fedner.CorpusChange}
 */
export function corpusChange(given, { labels, notes }) {
  const known = new Map(given.notes.map((note) => [note.id, note]));
  const changed = notes.filter((note) => {
    const before = known.get(note.id);
    return before === undefined || SENT_FIELDS.some((name) => before[name] !== note[name]);
  });
  return { documents: documents(changed, labels), order: notes.map((note) => note.id) };
}

/** The parts of a note that are in the corpus. */
const SENT_FIELDS = /** @type {const} */ (["text", "entities", "held_out"]);

/**
 * @param {Page.Note[]} notes
 * @param {string[]} labels
 * @returns {Fedner.Corpus["documents"]}
 */
function documents(notes, labels) {
  const on = new Set(labels);
  return notes.map(({ id, text, entities, held_out }) => ({ id, text, held_out, entities: entities.filter((entity) => on.has(entity.label)) }));
}

/**
 * Whether the corpus of these notes may differ from that of those before: their status, comments and what a model says
 * of them are no part of it.
 * @param {Page.Note[]} now
 * @param {Page.Note[]} before
 */
export function corpusDiffers(now, before) {
  const replaced = replacedAt(now, before);
  if (!replaced) return true;
  const parts = /** @type {const} */ (["entities", "labelled", "held_out"]);
  return replaced.some((at) => parts.some((name) => now[at]?.[name] !== before[at]?.[name]));
}
