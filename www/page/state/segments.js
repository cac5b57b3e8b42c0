// Cuts a text into pieces at the borders of its entities, so that overlapping entities can be drawn.

/**
 * @typedef {Fedner.Entity & {confidence?: number, suggested?: boolean}} Marked
 * @typedef {{start: number, end: number, text: string, marks: {entity: Marked, first: boolean, last: boolean}[]}} Segment
 */

/**
 * Pieces of the text in order, each with the entities that cover it, the longest outermost. Offsets count UTF-16
 * code units; a border inside a surrogate pair is moved outwards, and an entity outside the text is cut to it.
 * @param {string} text
 * @param {Marked[]} entities
 * @param {{start: number, end: number}} [part] of the text; all of it by default
 * @returns {Segment[]}
 */
export function segments(text, entities, part = { start: 0, end: text.length }) {
  const marked = entities
    .map((entity) => ({ entity, start: outward(text, entity.start, -1), end: outward(text, entity.end, 1) }))
    .filter(({ start, end }) => start < end && start < part.end && end > part.start)
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const borders = new Set([part.start, part.end]);
  for (const { start, end } of marked) borders.add(Math.max(start, part.start)).add(Math.min(end, part.end));
  const sorted = [...borders].sort((a, b) => a - b);

  /** @type {Segment[]} */
  const pieces = [];
  /** @type {typeof marked} */
  let open = [];
  let next = 0;
  for (let i = 0; i + 1 < sorted.length; i += 1) {
    const start = /** @type {number} */ (sorted[i]);
    const end = /** @type {number} */ (sorted[i + 1]);
    open = open.filter((mark) => mark.end > start);
    for (let mark = marked[next]; mark && mark.start <= start; mark = marked[next]) {
      open.push(mark);
      next += 1;
    }
    const marks = [...open]
      .sort((a, b) => b.end - b.start - (a.end - a.start))
      .map((mark) => ({ entity: mark.entity, first: mark.start === start, last: mark.end === end }));
    pieces.push({ start, end, text: text.slice(start, end), marks });
  }
  return pieces;
}

/**
 * Labelled entities and suggestions for one drawing: a suggestion that equals a labelled entity becomes its confidence.
 * @param {Fedner.Entity[]} labelled
 * @param {Page.Suggested[]} suggested
 * @returns {Marked[]}
 */
export function together(labelled, suggested) {
  if (suggested.length === 0) return labelled;
  const known = new Set(labelled.map(key));
  const confidences = new Map(suggested.map((entity) => [key(entity), entity.confidence]));
  const agreed = labelled.map((entity) => {
    const confidence = confidences.get(key(entity));
    return confidence === undefined ? entity : { ...entity, confidence };
  });
  return [...agreed, ...suggested.filter((e) => !known.has(key(e))).map((e) => ({ ...e, suggested: true }))];
}

/**
 * What a model's suggestions and the labelled entities have in common, by border and label.
 * @param {Fedner.Entity[]} labelled
 * @param {Fedner.Entity[]} suggested
 */
export function compare(labelled, suggested) {
  const keys = new Set(labelled.map(key));
  const found = suggested.filter((entity) => keys.has(key(entity))).length;
  return { found, missed: labelled.length - found, extra: suggested.length - found };
}

/** @param {Fedner.Entity} entity */
function key(entity) {
  return `${entity.start}-${entity.end}-${entity.label}`;
}

/**
 * @param {string} text
 * @param {number} offset
 * @param {1 | -1} direction
 */
function outward(text, offset, direction) {
  const inside = Math.min(Math.max(offset, 0), text.length);
  const before = text.charCodeAt(inside - 1);
  const after = text.charCodeAt(inside);
  const splits = before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff;
  return splits ? inside + direction : inside;
}
