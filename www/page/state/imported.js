// Notes from the documents that were read from files.

import { withDetails } from "./annotate/details.js";
import { newNote } from "./edit/note.js";
import { saysHeldOut } from "./held-out.js";

/**
 * The notes of one import. In most formats a document nobody has looked at and one without an entity look the same: where
 * nothing at all is marked in a file, its notes are new ones. Taken as labelled they would teach the model that they hold
 * no entity. The documents of brat, a file each, are judged together.
 * @param {Fedner.Imported} imported
 * @param {{ids: string[], splits: Map<string, Page.Split | undefined>}} known an id for each document; what a file's notes are for
 * @returns {{notes: Page.Note[], unmarked: number}} `unmarked`: how many are new though their format can hold labels
 */
export function importedNotes({ documents, files }, { ids, splits }) {
  const formats = new Map(files.map(({ name, format }) => [name, format]));
  const group = (/** @type {string} */ file) => (formats.get(file) === "brat" ? "brat" : `file ${file}`);
  const marked = new Set(documents.filter(({ entities }) => entities.length > 0).map(({ file }) => group(file)));
  let unmarked = 0;
  const notes = documents.map(({ name, file, text, entities: places, details, labelled }, i) => {
    const entities = withDetails(places, details);
    const looked_at = labelled && marked.has(group(file));
    if (labelled && !looked_at) unmarked += 1;
    const split = splits.get(file) ?? (saysHeldOut(file) ? "held-out" : "auto");
    return newNote({ id: /** @type {string} */ (ids[i]), file, name, text, entities, labelled: looked_at, split });
  });
  return { notes, unmarked };
}
