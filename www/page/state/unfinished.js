// Training on this device that a reload has cut off.

/**
 * The epochs that are left; one that was under way is done again.
 * @param {Page.Unfinished} unfinished
 */
export function remaining({ epoch, epochs }) {
  return Math.max(epochs - epoch + 1, 1);
}
