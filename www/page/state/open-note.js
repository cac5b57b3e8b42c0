// The note that is open. Every part of the page asks for it after every change, so its position is remembered.

let place = 0;

/**
 * @param {Pick<Page.State, "notes" | "selected">} state
 * @returns {Page.Note | undefined}
 */
export function openNote({ notes, selected }) {
  if (notes[place]?.id !== selected) place = Math.max(notes.findIndex((note) => note.id === selected), 0);
  const note = notes[place];
  return note?.id === selected ? note : undefined;
}
