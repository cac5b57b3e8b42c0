// The note that is open. Every part of the page asks for it after every change, so its place is remembered.

let place = 0;

/**
 * @param {Pick<Page.State, "documents" | "selected">} state
 * @returns {Page.Note | undefined}
 */
export function openNote({ documents, selected }) {
  if (documents[place]?.id !== selected) place = Math.max(documents.findIndex((note) => note.id === selected), 0);
  const note = documents[place];
  return note?.id === selected ? note : undefined;
}
