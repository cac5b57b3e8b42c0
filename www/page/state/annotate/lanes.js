// Lines below the text, one below the other, so that no two spans share one where they overlap.

/**
 * Each span's lane: 0 is the nearest to the text. Shorter spans lie nearer, like brackets.
 * @template {{start: number, end: number}} S
 * @param {S[]} spans
 * @returns {Map<S, number>}
 */
export function lanes(spans) {
  /** @type {Map<S, number>} */
  const found = new Map();
  for (const group of overlapping(spans)) {
    group.sort((a, b) => a.end - a.start - (b.end - b.start) || a.start - b.start);
    /** @type {S[][]} */
    const taken = [];
    for (const span of group) {
      let lane = 0;
      while (taken[lane]?.some((other) => other.start < span.end && span.start < other.end)) lane += 1;
      (taken[lane] ??= []).push(span);
      found.set(span, lane);
    }
  }
  return found;
}

/**
 * Groups of spans that hang together by overlaps.
 * @template {{start: number, end: number}} S
 * @param {S[]} spans
 */
function overlapping(spans) {
  const sorted = [...spans].sort((a, b) => a.start - b.start);
  /** @type {S[][]} */
  const groups = [];
  let end = -1;
  for (const span of sorted) {
    if (span.start >= end) groups.push([]);
    groups.at(-1)?.push(span);
    end = Math.max(end, span.end);
  }
  return groups;
}
