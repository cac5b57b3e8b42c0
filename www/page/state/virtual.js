// Which rows of a long list are drawn: those in sight and a few around them.

/** Rows drawn above and below those in sight, so that scrolling finds them there. */
export const ROWS_AROUND = 8;

/**
 * @param {{top: number, height: number, row: number, count: number}} view how far the list is scrolled, its height and
 *   a row's, and how many rows there are
 * @returns {{first: number, end: number}} the rows to draw, without the one at `end`
 */
export function rowsInSight({ top, height, row, count }) {
  const first = Math.min(Math.max(Math.floor(top / row) - ROWS_AROUND, 0), count);
  const end = Math.min(Math.ceil((top + height) / row) + ROWS_AROUND, count);
  return { first, end: Math.max(end, first) };
}

/**
 * How far to scroll so that a row is in sight, as little as possible.
 * @param {{top: number, height: number, row: number}} view
 * @param {number} at
 */
export function scrolledTo({ top, height, row }, at) {
  if (at * row < top) return at * row;
  return Math.max(top, (at + 1) * row - height);
}
