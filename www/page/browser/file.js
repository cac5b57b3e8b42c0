// Reads a file a person has chosen, unless it is too large to be what was asked for.

import { phrase } from "../../shared/phrase.js";
import { size } from "../state/format.js";

/** @typedef {{bytes_max: number, code: string, hint: Page.Said}} Limit what to say of a file that is larger */

/**
 * The file's bytes. A file above the limit is refused before it is read into memory.
 * @param {File} file
 * @param {Limit} limit
 * @returns {Promise<Uint8Array>}
 */
export async function fileBytes(file, { bytes_max, code, hint }) {
  if (file.size > bytes_max) {
    throw { code, message: [`${file.name}:`, phrase("file.too-large", { size: size(file.size), most: size(bytes_max) })], hint };
  }
  return new Uint8Array(await file.arrayBuffer());
}
