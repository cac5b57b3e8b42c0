// A note's text as it is compared with others.

/** Texts so far; a note is looked at once, for a change of it makes another note. @type {WeakMap<Page.Note, string>} */
const known = new WeakMap();

/** The text without white space at its ends. @param {Page.Note} note */
export function plainText(note) {
  let text = known.get(note);
  if (text === undefined) {
    text = note.text.trim();
    known.set(note, text);
  }
  return text;
}
