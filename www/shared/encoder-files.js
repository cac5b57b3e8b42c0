// What pretrained encoders keep in this browser's own files (the origin private file system): the packs, and for each
// workspace the vectors of the words that were read. The page erases, the encoder's worker reads and writes.

/** The folder of the packs. */
export const PACKS = "fedner-encoders";
/** The folder of the vectors; in it a folder a workspace. */
const VECTORS = "fedner-vectors";
/** How often erasing is tried while another tab, which is told to close it, still has a file open. */
const ERASE_TRIES_MAX = 25;
const ERASE_WAIT_MS = 200;

/**
 * The root of the browser's own files; null where it has none, as in pages without HTTPS and in some private windows.
 * @returns {Promise<FileSystemDirectoryHandle | null>}
 */
export async function ownFiles() {
  try {
    return (await navigator.storage?.getDirectory?.()) ?? null;
  } catch {
    return null;
  }
}

/**
 * The folder of a workspace's vectors, made where there is none.
 * @param {FileSystemDirectoryHandle} root
 * @param {string} workspace
 */
export async function vectorFolder(root, workspace) {
  const all = await root.getDirectoryHandle(VECTORS, { create: true });
  return await all.getDirectoryHandle(encodeURIComponent(workspace), { create: true });
}

/**
 * Erases what encoders have made of a workspace's notes.
 * @param {string} workspace
 */
export async function eraseVectors(workspace) {
  const root = await ownFiles();
  const all = await root?.getDirectoryHandle(VECTORS).catch(() => null);
  if (all) await erased(all, encodeURIComponent(workspace));
}

/** Erases all packs and all vectors. */
export async function eraseEncoderFiles() {
  const root = await ownFiles();
  if (!root) return;
  for (const folder of [VECTORS, PACKS]) await erased(root, folder);
}

/**
 * @param {FileSystemDirectoryHandle} folder
 * @param {string} name
 */
async function erased(folder, name) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await folder.removeEntry(name, { recursive: true });
    } catch (fault) {
      if (fault instanceof DOMException && fault.name === "NotFoundError") return;
      if (tries === ERASE_TRIES_MAX) throw fault;
      await new Promise((resolve) => setTimeout(resolve, ERASE_WAIT_MS));
    }
  }
}
