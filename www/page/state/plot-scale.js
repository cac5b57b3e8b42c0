// Scales, ticks and paths of the plot.

/**
 * @typedef {{x: number, y: number}} Point
 * @typedef {{from: number, to: number, at: (value: number) => number, ticks: number[]}} Scale
 */

/**
 * A linear scale from data to pixels whose ends are round numbers.
 * @param {number} low
 * @param {number} high
 * @param {number} start pixel of the low end
 * @param {number} end pixel of the high end
 * @param {{wanted?: number, least?: number}} [ticks] about how many, and the least between two: 1 for what is counted
 * @returns {Scale}
 */
export function scale(low, high, start, end, { wanted = 4, least = 0 } = {}) {
  const safe = Number.isFinite(low) && Number.isFinite(high) && high > low;
  const [from_raw, to_raw] = safe ? [low, high] : [Number.isFinite(low) ? low : 0, (Number.isFinite(low) ? low : 0) + 1];
  const step = Math.max(roundStep((to_raw - from_raw) / wanted), least);
  const from = Math.floor(from_raw / step) * step;
  const to = Math.ceil(to_raw / step) * step;
  const count = Math.round((to - from) / step);
  const ticks = Array.from({ length: count + 1 }, (_, i) => Number((from + i * step).toPrecision(12)));
  return { from, to, ticks, at: (value) => start + ((value - from) / (to - from)) * (end - start) };
}

/**
 * The next 1, 2 or 5 times a power of ten.
 * @param {number} raw
 */
export function roundStep(raw) {
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((candidate) => raw / power <= candidate + 1e-9) ?? 10;
  return factor * power;
}

/**
 * An SVG path through the points.
 * @param {Point[]} points
 */
export function path(points) {
  return points.map((p, i) => `${i === 0 ? "M" : "L"}${p.x.toFixed(1)} ${p.y.toFixed(1)}`).join("");
}

/**
 * A running mean, so that the loss of single batches can be read as a curve.
 * @param {Page.Loss[]} losses
 * @param {number} width
 * @returns {Page.Loss[]}
 */
export function smooth(losses, width) {
  let sum = 0;
  return losses.map((point, i) => {
    sum += point.loss - (i >= width ? /** @type {Page.Loss} */ (losses[i - width]).loss : 0);
    return { step: point.step, loss: sum / Math.min(i + 1, width) };
  });
}
