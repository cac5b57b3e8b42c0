// Texts in parts that are read at once: short enough that progress can be told and reading be stopped between them.

/** About so many characters are read at once. */
export const PART_CHARACTERS = 1500;

/**
 * Cuts a text behind line breaks, which always end a sentence: the vectors of the parts, one behind the other, are those
 * of the text. A long line stays whole.
 * @param {string} text
 * @returns {string[]}
 */
export function parts(text) {
  const found = [];
  let start = 0;
  while (start < text.length) {
    const wanted = start + PART_CHARACTERS;
    const at = wanted >= text.length ? -1 : text.indexOf("\n", wanted - 1);
    const end = at < 0 ? text.length : at + 1;
    found.push(text.slice(start, end));
    start = end;
  }
  return found;
}

/**
 * Parts that are read together: as many as have about `PART_CHARACTERS`.
 * @template {{text: string}} P
 * @param {P[]} all
 * @returns {P[][]}
 */
export function batches(all) {
  /** @type {P[][]} */
  const found = [];
  let characters = Infinity;
  for (const part of all) {
    if (characters + part.text.length > PART_CHARACTERS) {
      found.push([]);
      characters = 0;
    }
    found.at(-1)?.push(part);
    characters += part.text.length;
  }
  return found;
}

/**
 * One array behind the other.
 * @param {Int8Array[]} all
 */
export function joined(all) {
  const whole = new Int8Array(all.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of all) {
    whole.set(one, at);
    at += one.length;
  }
  return whole;
}
