// The result of an import in words.

import { phrase } from "../../shared/phrase.js";

/**
 * @param {{added: number, again: number, entities: number, unmarked: number, left_out: number, sources: number, read: number}} sum
 *   `unmarked` notes are of files in which nothing is marked; `sources` files were chosen, `read` of them were read before it ended; `left_out` were of no known kind
 * @returns {Page.Said}
 */
export function importReport({ added, again, entities, unmarked, left_out, sources, read }) {
  const sentences = [entities > 0 ? phrase("import.added-marks", { count: added, marks: entities, files: read }) : phrase("import.added", { count: added, files: read })];
  if (again > 0) sentences.push(phrase("import.again", { count: again }));
  if (unmarked > 0) sentences.push(phrase("import.unmarked", { count: unmarked }));
  if (left_out > 0) sentences.push(phrase("import.left-out", { count: left_out }));
  if (added > 0 && entities === 0 && sources === 1) sentences.push(phrase("import.next"));
  if (read < sources) sentences.push(phrase("import.ended", { left: sources - read, count: sources }));
  return sentences;
}
