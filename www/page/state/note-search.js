// Searching notes, a slice at a time: thousands of texts take longer than a frame.

/**
 * Where a search finds something in a note; case and the kind of blank do not matter.
 * @param {string} search
 * @returns {RegExp | null} null: nothing is searched for
 */
export function searchPattern(search) {
  const wanted = search.trim();
  if (wanted === "") return null;
  const words = wanted.split(/\s+/u).map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/gu, "\\$&"));
  return new RegExp(words.join("\\s+"), "giu");
}

/**
 * Whether a note holds what is searched for.
 * @param {Page.Note} note
 * @param {RegExp} pattern from `searchPattern`
 * @param {Page.SearchScope} scope
 */
export function holds(note, pattern, scope) {
  /** @param {string} text */
  const found = (text) => {
    pattern.lastIndex = 0;
    return pattern.test(text);
  };
  switch (scope) {
    case "text":
      return found(note.name) || found(note.text);
    case "entities":
      return note.entities.some(({ start, end, label }) => found(label) || found(note.text.slice(start, end)));
    case "comments":
      return found(note.comment);
  }
}

/**
 * Searches all notes in slices.
 * @param {Page.Note[]} notes
 * @param {RegExp} pattern
 * @param {Page.SearchScope} scope
 * @param {{slice: () => boolean, pause: () => Promise<boolean>}} clock `slice` says whether the slice has time left;
 *   `pause` lets the page go on, and says whether the search is still wanted
 * @param {(result: Page.SearchResult) => void} show called after every slice with what was found so far
 */
export async function searchNotes(notes, pattern, scope, { slice, pause }, show) {
  /** @type {Set<string>} */
  const found = new Set();
  for (let at = 0; at < notes.length; at += 1) {
    const note = /** @type {Page.Note} */ (notes[at]);
    if (holds(note, pattern, scope)) found.add(note.id);
    if (slice()) continue;
    show({ found: new Set(found), searched: at + 1, done: false });
    if (!(await pause())) return;
  }
  show({ found, searched: notes.length, done: true });
}

/** Characters shown around what was found. */
const AROUND = 12;

/**
 * A piece of the text around the first place found, cut in three: before, found, after.
 * @param {string} text
 * @param {RegExp | null} pattern
 * @param {number} length about how many characters are wanted
 * @returns {[string, string, string]}
 */
export function excerpt(text, pattern, length) {
  if (pattern) pattern.lastIndex = 0;
  const place = pattern?.exec(text);
  if (!place) return [inOneLine(text.slice(0, length)), "", ""];
  const start = Math.max(place.index - AROUND, 0);
  const end = place.index + place[0].length;
  const before = `${start > 0 ? "…" : ""}${text.slice(start, place.index)}`;
  return [inOneLine(before), inOneLine(place[0]), inOneLine(text.slice(end, end + length))];
}

/** @param {string} text */
function inOneLine(text) {
  return text.replace(/\s+/gu, " ");
}

/** Places highlighted in one text. */
const PLACES_MAX = 500;

/**
 * The places in a text where something is found.
 * @param {string} text
 * @param {RegExp} pattern
 */
export function placesOf(text, pattern) {
  /** @type {{start: number, end: number}[]} */
  const places = [];
  pattern.lastIndex = 0;
  for (let found = pattern.exec(text); found && places.length < PLACES_MAX; found = pattern.exec(text)) {
    places.push({ start: found.index, end: found.index + found[0].length });
  }
  return places;
}
