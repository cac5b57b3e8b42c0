// The files of a drop, including those in folders.

/** Files taken from dropped folders, and how deep those may lie. */
export const DROPPED_FILES_MAX = 50_000;
const DEPTH_MAX = 20;

/**
 * @param {DataTransfer} transfer
 * @returns {Promise<{files: File[], folder: boolean}>} `folder`: a folder was among what was dropped
 */
export async function droppedFiles(transfer) {
  // Read at once: a drop's entries are not available after its event.
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  const plain = [...transfer.files];
  if (!entries.some((entry) => entry.isDirectory)) return { files: plain, folder: false };
  /** @type {File[]} */
  const files = [];
  for (const entry of entries) await collect(entry, files, 0);
  return { files, folder: true };
}

/**
 * @param {FileSystemEntry} entry
 * @param {File[]} files
 * @param {number} depth
 */
async function collect(entry, files, depth) {
  if (files.length >= DROPPED_FILES_MAX || depth > DEPTH_MAX) return;
  if (entry.isFile) files.push(await fileOf(/** @type {FileSystemFileEntry} */ (entry)));
  if (!entry.isDirectory) return;
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  // A folder is read in parts until a part is empty.
  for (let part = await entriesOf(reader); part.length > 0; part = await entriesOf(reader)) {
    for (const inside of part) await collect(inside, files, depth + 1);
  }
}

/**
 * The file, with its path as a chosen folder's files have it.
 * @param {FileSystemFileEntry} entry
 * @returns {Promise<File>}
 */
async function fileOf(entry) {
  /** @type {File} */
  const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
  Object.defineProperty(file, "webkitRelativePath", { value: entry.fullPath.replace(/^\//u, "") });
  return file;
}

/**
 * @param {FileSystemDirectoryReader} reader
 * @returns {Promise<FileSystemEntry[]>}
 */
function entriesOf(reader) {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}
