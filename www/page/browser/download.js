// Downloads a file from memory; nothing is sent anywhere.

/** How long the browser may need to begin saving. */
const KEEP_MS = 60_000;

/**
 * @param {string} name
 * @param {BlobPart} content
 * @param {string} type
 */
export function download(name, content, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEEP_MS);
}

/**
 * A workspace's name as a part of a file's name.
 * @param {string} workspace
 */
export function fileName(workspace) {
  return workspace.replace(/[^\p{L}\p{N}._-]+/gu, "-");
}
