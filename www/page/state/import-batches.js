// Which files are read together: those that belong to one another, and not so many that nobody could stop it.

/** Files and bytes of one batch; progress and cancelling happen between batches. */
export const BATCH_FILES_MAX = 400;
export const BATCH_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Files of one name that differ in the ending only, such as brat's `.txt` and `.ann`, stay together, also where texts and
 * annotations are in folders of their own.
 * @template {{name: string, size: number}} T
 * @param {T[]} files
 * @returns {T[][]}
 */
export function importBatches(files) {
  /** @type {Map<string, T[]>} */
  const groups = new Map();
  for (const file of files) {
    const stem = file.name.replace(/^.*\//u, "").replace(/(\.txt)?\.[^.]*$/iu, "");
    const group = groups.get(stem);
    if (group) group.push(file);
    else groups.set(stem, [file]);
  }
  /** @type {T[][]} */
  const batches = [];
  /** @type {T[]} */
  let batch = [];
  let bytes = 0;
  for (const group of groups.values()) {
    const size = group.reduce((sum, file) => sum + file.size, 0);
    const full = batch.length + group.length > BATCH_FILES_MAX || bytes + size > BATCH_BYTES_MAX;
    if (full && batch.length > 0) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(...group);
    bytes += size;
  }
  return batch.length > 0 ? [...batches, batch] : batches;
}

/**
 * Whether a file in a folder may hold notes: its content decides, so that only hidden files don't.
 * @param {string} name
 */
export function isReadable(name) {
  return !name.startsWith(".");
}
