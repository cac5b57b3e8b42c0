// Notes and labels, and how a person goes through them.

import { replacedAt } from "../changed.js";
import { edited, redone, undone } from "../edit/history.js";
import { settleHeldOut, setSplit } from "../held-out.js";
import { namesIn, withLabels } from "../labels.js";
import { withFinished } from "../learning.js";

/** @type {Page.Reducers<Page.NoteAction>} */
export const noteReducers = {
  "notes-added": notesAdded,
  edit: (state, action) => withEdit(state, edited(state, action.edit)),
  undo: (state) => withStep(state, undone(state), state.edits.done - 1),
  redo: (state) => withStep(state, redone(state), state.edits.done),
  "split-set": (state, { id, held_out }) => ({ ...state, notes: setSplit(state.notes, id, held_out) }),
  // It may have been removed in the meantime.
  "note-opened": (state, { id }) => (state.notes.some((note) => note.id === id) ? { ...state, selected: id } : state),
  "note-examined": (state, { examination }) => ({ ...state, examined: examination }),
  "cursor-moved": (state, { cursor }) => (cursor === null || cursor.note === state.selected ? { ...state, cursor } : state),
  "label-kept": (state, { name }) => ({ ...state, sticky: name }),
  "list-changed": (state, { change }) => ({
    ...state,
    list: { ...state.list, ...change },
    list_turn: change.sort === undefined ? state.list_turn : state.list_turn + 1,
  }),
  "notes-searched": (state, { result }) => ({ ...state, search: result }),
};

/**
 * @param {Page.State} state
 * @param {Extract<Page.Action, {type: "notes-added"}>} action
 * @returns {Page.State}
 */
function notesAdded(state, { notes }) {
  const known = new Set(state.notes.map((note) => note.id));
  const added = notes.filter((note) => !known.has(note.id));
  const first = state.notes.reduce((most, note) => Math.max(most, note.order + 1), 0);
  const ordered = added.map((note, i) => ({ ...note, order: first + i }));
  return {
    ...state,
    notes: settleHeldOut([...state.notes, ...ordered]),
    labels: withLabels(state.labels, namesIn(ordered)),
    import_problems: [],
    import_report: "",
    selected: state.selected ?? ordered[0]?.id ?? null,
  };
}

/**
 * @param {Page.State} state
 * @param {ReturnType<typeof edited>} result null: nothing changes
 * @returns {Page.State}
 */
function withEdit(state, result) {
  if (!result) return state;
  const selected = selectedAfter(state, result.state.notes);
  const learning = withFinished(state.learning, result.state.notes, state.notes);
  return { ...state, ...result.state, selected, learning, import_report: null, import_problems: [], ...stillThere(state, result.state.notes) };
}

/**
 * Of the notes that an import found twice, those of which both are still there.
 * @param {Page.State} state
 * @param {Page.Note[]} notes
 */
function stillThere({ import_same, import_changed }, notes) {
  if (import_same.length + import_changed.length === 0) return {};
  const ids = new Set(notes.map((note) => note.id));
  return { import_same: [], import_changed: import_changed.filter(({ before, added }) => ids.has(before) && ids.has(added)) };
}

/**
 * Undoes or does again, and shows where. A step that does not fit the notes any more (one was imported anew
 * meanwhile) is dropped, so that those behind it can be reached.
 * @param {Page.State} state
 * @param {ReturnType<typeof edited>} result
 * @param {number} at the step's place in the history
 * @returns {Page.State}
 */
function withStep(state, result, at) {
  if (result) {
    const { notes } = result.state;
    const { change, note } = result.record;
    const shown = note ?? [...change.taken_out, ...change.put_back].find(({ id }) => notes.some((known) => known.id === id))?.id;
    return { ...withEdit(state, result), selected: shown ?? selectedAfter(state, notes) };
  }
  const { records, done } = state.edits;
  const record = records[at];
  if (!record) return state;
  const edits = { records: records.toSpliced(at, 1), done: at < done ? done - 1 : done };
  return { ...state, edits };
}

/**
 * The selected note, or the next one when it is gone.
 * @param {Page.State} state
 * @param {Page.Note[]} notes those that are left
 */
function selectedAfter(state, notes) {
  if (replacedAt(notes, state.notes) || notes.some((note) => note.id === state.selected)) return state.selected;
  const left = new Set(notes.map((note) => note.id));
  const at = state.notes.findIndex((note) => note.id === state.selected);
  const neighbour = state.notes.slice(Math.max(at, 0)).find((note) => left.has(note.id)) ?? notes.at(-1);
  return neighbour?.id ?? null;
}
