// Stable ids for notes, so that a file chosen twice is recognised and the held-out choice survives everything.

/**
 * Ids for the notes of one import, in order. The same name, text and entities give the same id; a repeat inside one
 * import gets an id of its own, so nothing is lost.
 * @param {{name: string, text: string, entities: Fedner.Entity[]}[]} documents
 * @param {Map<string, number>} [seen] how often each was there in earlier batches of the same import; it is added to
 * @returns {string[]}
 */
export function noteIds(documents, seen = new Map()) {
  return documents.map((document) => {
    const entities = document.entities.map((e) => `${e.start}-${e.end}-${e.label}`).join(" ");
    const content = `${document.name}\u0000${document.text}\u0000${entities}`;
    const own = hash(content);
    const repeat = seen.get(own) ?? 0;
    seen.set(own, repeat + 1);
    return repeat === 0 ? own : hash(`${content}\u0000${repeat}`);
  });
}

/**
 * A 64-bit hash as 16 hexadecimal digits (two runs of cyrb53's mixing, public domain). It distinguishes notes; it is
 * no protection against anybody.
 * @param {string} text
 */
export function hash(text) {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return hex(b) + hex(a);
}

/** @param {number} word */
function hex(word) {
  return (word >>> 0).toString(16).padStart(8, "0");
}
