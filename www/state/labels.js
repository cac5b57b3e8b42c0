// The label set of a workspace: what is defined, and what of it the notes hold.

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

/** @type {WeakMap<Page.Note[], Map<string, {training: number, held_out: number}>>} */
const counted = new WeakMap();

/**
 * The label set in its order, with the number of entities.
 * @param {Page.Note[]} notes
 * @param {Page.LabelDefinition[]} labels
 * @returns {Page.Label[]}
 */
export function labelSet(notes, labels) {
  // Several parts of the page ask after every edit.
  const counts = counted.get(notes) ?? countEntities(notes);
  counted.set(notes, counts);
  return labels.map((label) => ({ ...label, ...(counts.get(label.name) ?? { training: 0, held_out: 0 }) }));
}

/** @param {Page.Note[]} notes */
function countEntities(notes) {
  /** @type {Map<string, {training: number, held_out: number}>} */
  const counts = new Map();
  for (const { entities, held_out } of notes) {
    for (const { label } of entities) {
      const count = counts.get(label) ?? { training: 0, held_out: 0 };
      count[held_out ? "held_out" : "training"] += 1;
      counts.set(label, count);
    }
  }
  return counts;
}

/**
 * A label's colour and line style as classes.
 * @param {Page.LabelDefinition[]} labels
 * @param {string} name
 */
export function tint(labels, name) {
  // A model may know a label that this workspace does not.
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
 * What is trained on and scored with; unlabelled notes would teach the model that they hold no entities. The labels
 * are sorted, so that their order in the list is no business of the model's.
 * @param {Page.Note[]} notes
 * @param {Page.LabelDefinition[]} definitions
 * @returns {Fedner.Corpus}
 */
export function corpus(notes, definitions) {
  const labels = trainedLabels(notes, definitions).sort();
  const on = new Set(labels);
  const labelled = notes.filter((note) => note.labelled);
  const documents = labelled.map(({ id, text, entities, held_out }) => ({
    id,
    text,
    held_out,
    entities: entities.filter((entity) => on.has(entity.label)),
  }));
  return { documents, labels };
}

/**
 * Whether the corpus of these notes may differ from that of those before: their status, comments and what a model says
 * of them are no part of it.
 * @param {Page.Note[]} now
 * @param {Page.Note[]} before
 */
export function corpusDiffers(now, before) {
  if (now === before) return false;
  if (now.length !== before.length) return true;
  return now.some((note, at) => {
    const old = /** @type {Page.Note} */ (before[at]);
    if (note === old) return false;
    return note.id !== old.id || note.entities !== old.entities || note.labelled !== old.labelled || note.held_out !== old.held_out;
  });
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
