// The result of an import in words.

import { count, counted } from "./format.js";

/**
 * @param {{added: number, again: number, entities: number, unmarked: number, left_out: number, sources: number, read: number}} sum
 *   `unmarked` notes are of files in which nothing is marked; `sources` files were chosen, `read` of them were read before it ended; `left_out` were of no known kind
 */
export function importReport({ added, again, entities, unmarked, left_out, sources, read }) {
  const held = entities > 0 ? ` with ${counted(entities, "mark")}` : "";
  const sentences = [`Added ${counted(added, "note")}${held} from ${counted(read, "file")}.`];
  if (again > 0) sentences.push(`${counted(again, "note")} had been here already.`);
  if (unmarked > 0) sentences.push(`Nothing is marked in the ${unmarked === 1 ? "file" : "files"} of ${counted(unmarked, "note")}, so they count as new.`);
  if (left_out > 0) sentences.push(`${counted(left_out, "file")} of other kinds ${left_out === 1 ? "was" : "were"} left out.`);
  if (added > 0 && entities === 0 && sources === 1) sentences.push("Next: drag over words, or walk to them with the arrow keys, and mark them with a label.");
  if (read < sources) sentences.push(`It ended before the other ${count(sources - read)} of ${counted(sources, "file")}.`);
  return sentences.join(" ");
}
