// Reads a file a person has chosen, unless it is too large to be what was asked for.

import { size } from "../state/format.js";

/** @typedef {{bytes_max: number, code: string, hint: string}} Limit what to say of a file that is larger */

/**
 * The file's bytes. A file above the limit is refused before it is read into memory.
 * @param {File} file
 * @param {Limit} limit
 * @returns {Promise<Uint8Array>}
 */
export async function fileBytes(file, { bytes_max, code, hint }) {
  if (file.size > bytes_max) {
    throw { code, message: `${file.name}: this file is too large: ${size(file.size)}, at most ${size(bytes_max)} can be read.`, hint };
  }
  return new Uint8Array(await file.arrayBuffer());
}
