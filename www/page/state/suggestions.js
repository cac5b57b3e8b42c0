// What the model suggests for notes, and what of it is still to be decided.

import { sameMark } from "./edit/change.js";
import { openNote } from "./open-note.js";
import { termSuggestions } from "./terms/search.js";

/** Characters and notes of one request to the model; a newer request waits for so much at most. */
export const SLICE_CHARACTERS_MAX = 40_000;
export const SLICE_NOTES_MAX = 48;
/** Suggested marks kept of all notes together; beyond it, those of notes that are not open are asked for again. */
export const SUGGESTED_MARKS_MAX = 400_000;

/**
 * The suggestions nobody has decided on: not marked already, not turned down, and not where somebody has marked
 * something themselves.
 * @template {Fedner.Entity} S
 * @param {Pick<Page.Note, "entities" | "rejected">} note
 * @param {S[]} suggested
 * @returns {S[]}
 */
export function openSuggestions({ entities, rejected }, suggested) {
  return suggested.filter(
    (suggestion) =>
      !entities.some((entity) => entity.start < suggestion.end && suggestion.start < entity.end) &&
      !rejected.some((entity) => sameMark(entity, suggestion)),
  );
}

/**
 * Whether anything suggests marks: a model, terms, or another program.
 * @param {Page.State} state
 */
export function hasSuggester({ has_model, terms, preannotations }) {
  return has_model || terms.length > 0 || preannotations !== null;
}

/**
 * What the editor shows of the suggestions for a note: in blind mode nothing before the note is done. Of a note that is
 * done, the model's alone are shown, to compare.
 * @param {Page.State} state
 * @param {Page.Note} note
 * @returns {Page.Suggested[] | null} null: nothing is known, or nothing is to be shown
 */
export function shownSuggestions(state, note) {
  const { suggest, has_model, settings, suggestions } = state;
  if (!suggest || (settings.blind && note.status !== "done")) return null;
  const model = has_model ? (suggestions[note.id]?.entities ?? null) : [];
  const others = note.status === "done" ? [] : otherSuggestions(state, note.id);
  if (others.length === 0) return model;
  // What both find shows the model's confidence.
  return [...(model ?? []), ...others.filter((other) => !model?.some((known) => sameMark(known, other)))].sort((a, b) => a.start - b.start);
}

/**
 * What is suggested for a note by anything else than the model.
 * @param {Page.State} state
 * @param {string} id
 * @returns {Page.Suggested[]}
 */
function otherSuggestions(state, id) {
  const theirs = state.preannotations?.notes[id] ?? [];
  const terms = termSuggestions(state, id);
  return [...theirs, ...terms.filter((term) => !theirs.some((known) => sameMark(known, term)))];
}

/**
 * The terms' matches in the open note; the same object until they change.
 * @param {Page.State} state
 */
export function matchesIn({ selected, term_search }) {
  return selected === null ? undefined : term_search.notes[selected];
}

/**
 * The suggestions drawn in the text. While a note is worked on: those to decide, and those that agree with a mark, whose
 * confidence is shown. Once it is done: all, to compare.
 * @param {Page.State} state
 * @param {Page.Note} note
 * @returns {Page.Suggested[]}
 */
export function drawnSuggestions(state, note) {
  const shown = shownSuggestions(state, note) ?? [];
  if (note.status === "done") return shown.filter((suggestion) => !note.rejected.some((mark) => sameMark(mark, suggestion)));
  return [...shown.filter((suggestion) => note.entities.some((mark) => sameMark(mark, suggestion))), ...openSuggestions(note, shown)];
}

/**
 * The notes to ask the model about next: the open one first, then those that follow it in the list, then the others.
 * @param {Page.State} state
 * @param {Page.Note[]} shown the notes in the list
 * @returns {Page.Note[]}
 */
export function nextToAssess(state, shown) {
  const { notes, selected, suggestions, model_turn, settings, suggest, run } = state;
  /** @param {Page.Note} note */
  const known = (note) => suggestions[note.id]?.turn === model_turn;
  const open = openNote(state);
  if (open && !known(open) && (suggest || settings.assess)) return [open];
  // A model that is being trained changes in a moment.
  if (!settings.assess || run.kind !== "idle") return [];
  const at = Math.max(shown.findIndex((note) => note.id === selected), 0);
  /** @type {Set<Page.Note>} */
  const slice = new Set();
  let characters = 0;
  for (const wanted of [shown.slice(at), shown, notes]) {
    for (const note of wanted) {
      if (note.status === "done" || known(note) || slice.has(note)) continue;
      if (slice.size > 0 && characters + note.text.length > SLICE_CHARACTERS_MAX) return [...slice];
      slice.add(note);
      characters += note.text.length;
      if (slice.size === SLICE_NOTES_MAX) return [...slice];
    }
  }
  return [...slice];
}

/**
 * How many of the notes that are not done the newest model has looked at.
 * @param {Page.State} state
 */
export function assessedCount({ notes, suggestions, model_turn }) {
  const undone = notes.filter((note) => note.status !== "done");
  return { done: undone.filter((note) => suggestions[note.id]?.turn === model_turn).length, total: undone.length };
}

/**
 * Takes in what the model says of some notes. It is not people's work: it can't be undone, and changes nothing but the
 * status of notes nobody has touched.
 * @param {Page.State} state
 * @param {{turn: number, assessments: Fedner.Assessment[]}} action
 * @returns {Page.State}
 */
export function assessed(state, { turn, assessments }) {
  const found = new Map(assessments.map((assessment) => [assessment.id, assessment]));
  const notes = state.notes.map((note) => {
    const assessment = found.get(note.id);
    if (!assessment) return note;
    const status = statusAfter(note, assessment.entities);
    if (note.uncertainty === assessment.uncertainty && note.status === status) return note;
    return { ...note, uncertainty: assessment.uncertainty, status };
  });
  /** @type {Page.State["suggestions"]} */
  const news = {};
  for (const { id, entities } of assessments) news[id] = { turn, entities };
  return { ...state, notes, suggestions: bounded({ ...state.suggestions, ...news }, news) };
}

/**
 * @param {Page.Note} note
 * @param {Fedner.Suggestion[]} suggested
 * @returns {Page.NoteStatus}
 */
function statusAfter(note, suggested) {
  if (note.status !== "new" && note.status !== "suggested") return note.status;
  return openSuggestions(note, suggested).length > 0 ? "suggested" : "new";
}

/**
 * @param {Page.State["suggestions"]} all
 * @param {Page.State["suggestions"]} newest
 */
function bounded(all, newest) {
  let marks = 0;
  for (const id in all) marks += all[id]?.entities.length ?? 0;
  return marks <= SUGGESTED_MARKS_MAX ? all : newest;
}

/**
 * The open suggestions of these notes that the model is at least so sure of.
 * @param {Page.Note[]} notes
 * @param {Page.State["suggestions"]} suggestions
 * @param {number} confidence 0 to 1
 * @returns {Page.NoteMark[]}
 */
export function surerThan(notes, suggestions, confidence) {
  /** @type {Page.NoteMark[]} */
  const marks = [];
  for (const note of notes) {
    const suggested = note.status === "done" ? undefined : suggestions[note.id]?.entities;
    if (!suggested) continue;
    for (const { start, end, label, confidence: sure } of openSuggestions(note, suggested)) {
      if (sure >= confidence) marks.push({ note: note.id, mark: { start, end, label } });
    }
  }
  return marks;
}
