// The label set of a workspace, as found in its notes.

/** How many colours the palette has; after that they repeat with another line style. */
export const TINTS = 12;

/**
 * All labels found in the notes, sorted, with their entity counts.
 * @param {Page.Note[]} notes
 * @param {string[]} off labels that are not trained on
 * @returns {Page.Label[]}
 */
export function labelSet(notes, off) {
  /** @type {Map<string, Page.Label>} */
  const found = new Map();
  for (const note of notes) {
    for (const { label } of note.entities) {
      const entry = found.get(label) ?? { name: label, on: !off.includes(label), training: 0, held_out: 0 };
      entry[note.held_out ? "held_out" : "training"] += 1;
      found.set(label, entry);
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * A label's colour class: its place in the sorted set, so that it stays the same everywhere on the page.
 * @param {string[]} names all labels in order
 * @param {string} name
 */
export function tint(names, name) {
  const at = names.indexOf(name);
  const place = at < 0 ? names.length : at;
  return `tint-${place % TINTS} line-${Math.floor(place / TINTS) % 3}`;
}

/**
 * What is trained on and scored with; unlabelled notes would teach the model that they hold no entities.
 * @param {Page.Note[]} notes
 * @param {string[]} off
 * @returns {Fedner.Corpus}
 */
export function corpus(notes, off) {
  const labels = labelSet(notes, off)
    .filter((label) => label.on)
    .map((label) => label.name);
  const labelled = notes.filter((note) => note.labelled);
  const documents = labelled.map(({ id, text, entities, held_out }) => ({
    id,
    text,
    held_out,
    entities: entities.filter((entity) => labels.includes(entity.label)),
  }));
  return { documents, labels };
}
