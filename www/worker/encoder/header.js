// What a pack says of itself, from its beginning alone: a pack is a safetensors file with a description in its metadata.

import { phrase } from "../../shared/phrase.js";

/** The longest header: the model card, and a line for each tensor. */
const HEADER_BYTES_MAX = 1 << 20;
/** What every pack says it is. */
const FORMAT = "fedner-encoder-pack-1";

/**
 * @param {Blob} file
 * @returns {Promise<Omit<Page.Encoders.Description, "pack">>}
 */
export async function readHeader(file) {
  const start = new DataView(await file.slice(0, 8).arrayBuffer());
  if (start.byteLength < 8) throw notAPack("empty");
  const length = start.getBigUint64(0, true);
  if (length > BigInt(HEADER_BYTES_MAX)) throw notAPack("long-header");
  const metadata = parsed(await file.slice(8, 8 + Number(length)).text())?.__metadata__;
  if (metadata?.format !== FORMAT) throw notAPack("other-format");
  const about = parsed(metadata.about ?? "");
  const [name, licence, card] = [about?.name, about?.licence, about?.card].map((text) => (typeof text === "string" ? text : ""));
  const [width, layers] = [about?.vector_width, about?.config?.num_hidden_layers];
  if (!Number.isInteger(width) || !Number.isInteger(layers)) throw notAPack("damaged-header");
  return { name: name ?? "", licence: licence ?? "", card: card ?? "", width, layers, bytes: file.size };
}

/** @param {string} json @returns {any} */
function parsed(json) {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

/** @param {"empty" | "long-header" | "other-format" | "damaged-header"} why @returns {Page.Failure} */
function notAPack(why) {
  return {
    code: "encoder-damaged",
    message: phrase("encoder.no-pack", { why: phrase(`encoder.${why}`) }),
    hint: phrase("encoder.no-pack-hint"),
  };
}
