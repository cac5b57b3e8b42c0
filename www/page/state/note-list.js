// Which notes the list shows, in which order, and which one comes next.

/** @type {Page.ListView} */
export const DEFAULT_LIST = { search: "", scope: "text", status: "any", split: "any", label: null, sort: "order" };

/**
 * Whether the list leaves notes out.
 * @param {Page.ListView} view
 */
export function isFiltered({ search, status, split, label }) {
  return search.trim() !== "" || status !== "any" || split !== "any" || label !== null;
}

/** The statuses in the order a note goes through them, each with a sign that says it without colour. */
export const STATUSES = /** @type {const} */ ([
  { status: "new", sign: "○" },
  { status: "suggested", sign: "◇" },
  { status: "in-work", sign: "◐" },
  { status: "done", sign: "●" },
]);

/** @param {Page.NoteStatus} wanted */
export function statusSign(wanted) {
  return STATUSES.find(({ status }) => status === wanted) ?? STATUSES[0];
}

/**
 * The notes that the list shows. The one that is open stays, though it may no longer match: who marks a note as done
 * while looking at those that are not done must not lose it from sight.
 * @param {Page.Note[]} sorted
 * @param {Page.ListView} view
 * @param {Set<string> | null} found what a search has found; null: there is none
 * @param {string | null} selected
 * @returns {Page.Note[]}
 */
export function listed(sorted, view, found, selected) {
  const { status, split, label } = view;
  if (status === "any" && split === "any" && label === null && found === null) return sorted;
  return sorted.filter((note) => note.id === selected || ((found === null || found.has(note.id)) && matches(note, view)));
}

/**
 * Whether the filters, apart from the search, let a note through.
 * @param {Page.Note} note
 * @param {Page.ListView} view
 */
function matches(note, { status, split, label }) {
  if (status !== "any" && note.status !== status) return false;
  if (split !== "any" && splitOf(note) !== split) return false;
  return label === null || note.entities.some((entity) => entity.label === label);
}

/** @param {Page.Note} note */
export function splitOf({ labelled, held_out }) {
  if (!labelled) return "unlabelled";
  return held_out ? "held-out" : "training";
}

/**
 * Sorts notes, and remembers the order as long as no note comes or goes and nobody asks for another order: a list that
 * moves under the hand with every edit can't be worked through, and comparing thousands of names takes its time.
 */
export function createSorter() {
  const byName = new Intl.Collator("en-GB", { numeric: true });
  /** @type {{sort: Page.NoteSort, turn: number, ranks: Map<string, number>} | null} */
  let known = null;

  /**
   * @param {Page.Note[]} notes in the order they were added
   * @param {Page.NoteSort} sort
   * @param {number} turn grows when the notes should be put in order anew
   * @returns {Page.Note[]}
   */
  return (notes, sort, turn) => {
    if (sort === "order") return notes;
    if (known?.sort !== sort || known.turn !== turn || !sameNotes(notes, known.ranks)) {
      const compare = sort === "name" ? nameOrder(byName) : uncertaintyOrder;
      known = { sort, turn, ranks: new Map([...notes].sort(compare).map((note, i) => [note.id, i])) };
    }
    /** @type {Page.Note[]} */
    const sorted = new Array(notes.length);
    for (const note of notes) sorted[known.ranks.get(note.id) ?? 0] = note;
    return sorted;
  };
}

/**
 * @param {Page.Note[]} notes
 * @param {Map<string, number>} ranks
 */
function sameNotes(notes, ranks) {
  return notes.length === ranks.size && notes.every((note) => ranks.has(note.id));
}

/** @param {Intl.Collator} collator */
function nameOrder(collator) {
  /** @type {(a: Page.Note, b: Page.Note) => number} */
  return (a, b) => collator.compare(a.name, b.name) || a.order - b.order;
}

/**
 * The most uncertain first; those the model has not seen last.
 * @param {Page.Note} a
 * @param {Page.Note} b
 */
function uncertaintyOrder(a, b) {
  return (b.uncertainty ?? -1) - (a.uncertainty ?? -1) || a.order - b.order;
}

const sort = createSorter();
/** @type {{state: Page.State, notes: Page.Note[]} | null} */
let last = null;

/**
 * The notes in the list, filtered and in order. Several parts of the page ask after every change, so the last answer
 * is kept.
 * @param {Page.State} state
 * @returns {Page.Note[]}
 */
export function shownNotes(state) {
  const same = last && SHOWN_BY.every((name) => last?.state[name] === state[name]);
  if (last && same) return last.notes;
  const { notes, list, search, selected, list_turn } = state;
  const found = list.search.trim() === "" ? null : (search?.found ?? null);
  last = { state, notes: listed(sort(notes, list.sort, list_turn), list, found, selected) };
  return last.notes;
}

/** The parts of the state that decide it. */
const SHOWN_BY = /** @type {const} */ (["notes", "list", "search", "selected", "list_turn"]);

/**
 * The note so many places further in the list, which ends at its ends.
 * @param {Page.Note[]} shown
 * @param {string | null} selected
 * @param {number} places
 * @returns {Page.Note | null}
 */
export function neighbour(shown, selected, places) {
  const at = shown.findIndex((note) => note.id === selected);
  const wanted = at < 0 ? 0 : Math.min(Math.max(at + places, 0), shown.length - 1);
  return shown[wanted] ?? null;
}

/**
 * The next note in the list that is not done, from the beginning again after the end.
 * @param {Page.Note[]} shown
 * @param {string | null} selected
 * @returns {Page.Note | null}
 */
export function nextUndone(shown, selected) {
  const at = shown.findIndex((note) => note.id === selected);
  const round = [...shown.slice(at + 1), ...shown.slice(0, Math.max(at, 0))];
  return round.find((note) => note.status !== "done") ?? null;
}

/**
 * The note the model would learn most from: the one it is least sure of among those that are not done.
 * @param {Page.Note[]} notes
 * @param {string | null} selected left out, so that asking again leads on
 * @returns {Page.Note | null}
 */
export function mostUseful(notes, selected) {
  /** @type {Page.Note | null} */
  let best = null;
  for (const note of notes) {
    if (note.uncertainty === null || note.status === "done" || note.id === selected) continue;
    if (best === null || note.uncertainty > (best.uncertainty ?? 0)) best = note;
  }
  return best;
}

/**
 * The note whose name begins with what was typed, the next one after the open note first.
 * @param {Page.Note[]} shown
 * @param {string | null} selected
 * @param {string} typed
 * @returns {Page.Note | null}
 */
export function typedAhead(shown, selected, typed) {
  const wanted = typed.toLocaleLowerCase();
  const at = shown.findIndex((note) => note.id === selected);
  // A single letter leads on from the open note; more letters may still mean it.
  const from = Math.max(at, 0) + (typed.length === 1 && at >= 0 ? 1 : 0);
  const round = [...shown.slice(from), ...shown.slice(0, from)];
  return round.find((note) => note.name.toLocaleLowerCase().startsWith(wanted)) ?? null;
}
