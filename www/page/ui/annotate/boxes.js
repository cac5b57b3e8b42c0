// Boxes of words on the screen: which line they are in, and on which side of them a point lies.

/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */

/**
 * Boxes of the same line become one.
 * @param {DOMRect[]} rects
 * @returns {Box[]}
 */
export function lines(rects) {
  /** @type {Box[]} */
  const found = [];
  for (const { left, top, right, bottom } of rects) {
    if (right - left <= 0) continue;
    const line = found.at(-1);
    if (line && top < (line.top + line.bottom) / 2 && bottom > (line.top + line.bottom) / 2) {
      line.left = Math.min(line.left, left);
      line.right = Math.max(line.right, right);
      line.top = Math.min(line.top, top);
      line.bottom = Math.max(line.bottom, bottom);
    } else found.push({ left, top, right, bottom });
  }
  return found;
}

/**
 * Where a point lies: before a token (-1), in it (0), or after it (1), in the order of reading.
 * @param {Box[]} boxes
 * @param {number} x
 * @param {number} y
 * @param {number} height of a line
 */
export function sideOf(boxes, x, y, height) {
  const [first, last] = [boxes[0], boxes.at(-1)];
  if (!first || !last) return 0;
  const leading = (/** @type {Box} */ box) => Math.max((height - (box.bottom - box.top)) / 2, 0);
  if (y < first.top - leading(first)) return -1;
  if (y > last.bottom + leading(last)) return 1;
  if (boxes.length === 1) return x < first.left ? -1 : Number(x > first.right);
  if (y <= first.bottom + leading(first)) return x < first.left ? -1 : 0;
  if (y >= last.top - leading(last)) return Number(x > last.right);
  return 0;
}

/**
 * @param {Box[]} boxes
 * @param {number} x
 * @param {number} y
 */
export function distance(boxes, x, y) {
  return Math.min(
    ...boxes.map((box) => {
      const across = Math.max(box.left - x, x - box.right, 0);
      const down = Math.max(box.top - y, y - box.bottom, 0);
      return across + 4 * down;
    }),
    Number.MAX_VALUE,
  );
}
