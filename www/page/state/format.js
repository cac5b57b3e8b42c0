// Numbers and times as people read them.

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

/** @param {number} value */
export function count(value) {
  return whole.format(value);
}

/**
 * "1 note", "2 notes".
 * @param {number} value
 * @param {string} one
 * @param {string} [many]
 */
export function counted(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1e6).toFixed(bytes < 1e8 ? 2 : 0)} MB`;
}

/**
 * A share between 0 and 1 as per cent with one decimal.
 * @param {number | null | undefined} share
 */
export function percent(share) {
  return share === null || share === undefined ? "–" : `${(share * 100).toFixed(1)} %`;
}

/** @param {number | null | undefined} loss */
export function loss(loss) {
  return loss === null || loss === undefined ? "–" : loss.toFixed(Math.abs(loss) < 10 ? 3 : 1);
}

/** @param {number} time_ms */
export function clock(time_ms) {
  return new Date(time_ms).toLocaleTimeString("en-GB");
}

/** @param {number} time_ms */
export function dateAndTime(time_ms) {
  return new Date(time_ms).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });
}
