// Lines below the text, one below the other, so that no two marks share one where they overlap.

/**
 * Each mark's lane: 0 is the nearest to the text. Shorter marks lie nearer, like brackets.
 * @template {{start: number, end: number}} S
 * @param {S[]} marks
 * @returns {Map<S, number>}
 */
export function lanes(marks) {
  /** @type {Map<S, number>} */
  const found = new Map();
  for (const group of overlapping(marks)) {
    group.sort((a, b) => a.end - a.start - (b.end - b.start) || a.start - b.start);
    /** @type {S[][]} */
    const taken = [];
    for (const mark of group) {
      let lane = 0;
      while (taken[lane]?.some((other) => other.start < mark.end && mark.start < other.end)) lane += 1;
      (taken[lane] ??= []).push(mark);
      found.set(mark, lane);
    }
  }
  return found;
}

/**
 * Groups of marks that hang together by overlaps.
 * @template {{start: number, end: number}} S
 * @param {S[]} marks
 */
function overlapping(marks) {
  const sorted = [...marks].sort((a, b) => a.start - b.start);
  /** @type {S[][]} */
  const groups = [];
  let end = -1;
  for (const mark of sorted) {
    if (mark.start >= end) groups.push([]);
    groups.at(-1)?.push(mark);
    end = Math.max(end, mark.end);
  }
  return groups;
}
