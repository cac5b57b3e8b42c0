// Stored values as bytes and back: JSON, with arrays of bytes and numbers beside it as they are.

/** Arrays that stored values hold, by name. */
const ARRAYS = { Uint8Array, Uint32Array, Float32Array, Float64Array };
const MARK = "$array";
/** Bytes of the number before the JSON that says how long it is. */
const LENGTH_BYTES = 8;

/**
 * @param {unknown} value what JSON can hold, and arrays of `ARRAYS`
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function packed(value) {
  /** @type {Uint8Array[]} */
  const parts = [];
  let at = 0;
  const text = JSON.stringify(value, (_, one) => {
    if (!ArrayBuffer.isView(one)) {
      if (one && typeof one === "object" && MARK in one) throw new Error(`A stored value has a field ${MARK}.`);
      return one;
    }
    const kind = one.constructor.name;
    if (!(kind in ARRAYS)) throw new Error(`A stored value is a ${kind}, which a backup can't hold.`);
    parts.push(new Uint8Array(one.buffer, one.byteOffset, one.byteLength));
    const from = at;
    at += one.byteLength;
    return { [MARK]: kind, from, bytes: one.byteLength };
  });
  const json = new TextEncoder().encode(text);
  const all = new Uint8Array(LENGTH_BYTES + json.length + at);
  new DataView(all.buffer).setBigUint64(0, BigInt(json.length), true);
  all.set(json, LENGTH_BYTES);
  let to = LENGTH_BYTES + json.length;
  for (const part of parts) {
    all.set(part, to);
    to += part.length;
  }
  return all;
}

/**
 * @param {Uint8Array} bytes
 * @returns {any}
 */
export function unpacked(bytes) {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const json = new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
  const parts = bytes.subarray(LENGTH_BYTES + length);
  return JSON.parse(json, (_, one) => {
    if (!one || typeof one !== "object" || !(MARK in one)) return one;
    const Kind = ARRAYS[/** @type {keyof typeof ARRAYS} */ (one[MARK])];
    return new Kind(parts.slice(one.from, one.from + one.bytes).buffer);
  });
}
