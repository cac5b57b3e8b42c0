// Words that are said later, in the language that is chosen then: the key of a message and its values. The state, the
// database and the worker hold these; plain strings are what others have said (the engine, the server, a browser).

/**
 * @template {Page.MessageKey} K
 * @param {K} key
 * @param {Page.MessageValues<K>} values
 * @returns {Page.Phrase}
 */
export function phrase(key, ...values) {
  const [named] = values;
  return named ? { key, values: named } : { key };
}

/**
 * @param {unknown} value
 * @returns {value is Page.Phrase}
 */
export function isPhrase(value) {
  return typeof value === "object" && value !== null && "key" in value && typeof value.key === "string";
}

/**
 * @param {Page.Said} a
 * @param {Page.Said} b
 */
export function sameWords(a, b) {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
