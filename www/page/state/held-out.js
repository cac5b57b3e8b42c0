// Which notes are held out: scored on, never trained on.

/** Every how many notes one is held out when nothing says which. */
export const HELD_OUT_EVERY = 5;

const HELD_OUT_NAME = /(^|[^\p{L}])(dev|devel|development|test|held[-_ ]?out|valid|validation|eval)([^\p{L}]|$)/iu;

/**
 * Whether a file's name says that it holds held-out notes ("dev.conll", "my-test-notes.txt").
 * @param {string} file
 */
export function saysHeldOut(file) {
  return HELD_OUT_NAME.test(file);
}

/**
 * Settles `held_out` for every note. Notes that a file name or a person put aside are held out; if there are none,
 * every fifth of the notes nobody decided on is, chosen by the hash in its id so that the choice stays the same.
 * Unlabelled notes are neither: there is nothing to score them by.
 * @param {Page.Note[]} notes
 * @returns {Page.Note[]} the same objects where nothing changed
 */
export function settleHeldOut(notes) {
  const labelled = notes.filter((note) => note.labelled);
  const decided = labelled.some((note) => note.split === "held-out");
  const undecided = labelled.filter((note) => note.split === "auto");
  const chosen = new Set(decided ? [] : everyFifth(undecided, labelled.length).map((note) => note.id));
  return notes.map((note) => {
    const held_out = note.labelled && (note.split === "held-out" || (note.split === "auto" && chosen.has(note.id)));
    return held_out === note.held_out ? note : { ...note, held_out };
  });
}

/**
 * Puts one note aside, or back; what the page chose so far stays as it is.
 * @param {Page.Note[]} notes
 * @param {string} id
 * @param {boolean} held_out
 * @returns {Page.Note[]}
 */
export function setSplit(notes, id, held_out) {
  return notes.map((note) => {
    const wanted = note.id === id ? held_out : note.held_out;
    return { ...note, held_out: wanted, split: wanted ? "held-out" : "training" };
  });
}

/**
 * @param {Page.Note[]} undecided
 * @param {number} all
 */
function everyFifth(undecided, all) {
  const picked = undecided.filter((note) => bucket(note.id) === 0);
  if (picked.length > 0 && picked.length < all) return picked;
  if (all < 2) return [];
  // A handful of notes: the hash may pick none or all of them, so take the one that sorts first.
  return [...undecided].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, 1);
}

/** @param {string} id */
function bucket(id) {
  return Number.parseInt(id.slice(0, 8), 16) % HELD_OUT_EVERY;
}
