// What differs between two versions of a list whose entries are replaced and never changed in place.

/** The last answer: after an edit, many parts of the page ask what it changed. */
let last = { now: /** @type {unknown} */ (null), before: /** @type {unknown} */ (null), places: /** @type {readonly number[] | null} */ (null) };

/**
 * The places at which entries were replaced, when both lists hold the same ones in the same order; this is how edits
 * leave the notes, and it is found out without looking into thousands of them.
 * @template {{id: unknown}} T
 * @param {T[]} now
 * @param {T[]} before
 * @returns {readonly number[] | null} null: entries have come, gone or moved
 */
export function replacedAt(now, before) {
  if (last.now !== now || last.before !== before) last = { now, before, places: replaced(now, before) };
  return last.places;
}

/**
 * @template {{id: unknown}} T
 * @param {T[]} now
 * @param {T[]} before
 */
function replaced(now, before) {
  if (now.length !== before.length) return null;
  /** @type {number[]} */
  const places = [];
  for (let at = 0; at < now.length; at += 1) {
    if (now[at] === before[at]) continue;
    if (now[at]?.id !== before[at]?.id) return null;
    places.push(at);
  }
  return places;
}
