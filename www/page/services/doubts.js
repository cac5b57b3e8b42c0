// Looks at the labelled notes with the model, and settles where it disagrees with people.

import { nextFrame } from "../browser/frames.js";
import { doubtsIn, modelsWord, peoplesWord } from "../state/doubts.js";
import { SLICE_CHARACTERS_MAX, SLICE_NOTES_MAX } from "../state/suggestions.js";

/** How often a request may end without a single note. */
const IN_VAIN_MAX = 50;

/**
 * @param {Page.Context} context
 * @param {import("./engine.js").EngineService} engine
 */
export function doubtsService({ store, bus }, engine) {
  async function check() {
    const { notes, doubts, has_model, engine: phase } = store.get();
    if (doubts.running || !has_model || phase !== "up") return;
    let left = notes.filter((note) => note.labelled);
    store.dispatch({ type: "doubts-started", total: left.length });
    const turn = store.get().model_turn;
    let in_vain = 0;
    try {
      // Another model would say something else of the rest.
      while (left.length > 0 && store.get().model_turn === turn && in_vain < IN_VAIN_MAX) {
        const slice = sliceOf(left);
        const assessed = await engine.call("assess", slice.map(({ id, text }) => ({ id, text })));
        // A request for the open note ends this one early; the others are asked for again.
        const done = new Map(assessed.map(({ id, entities }) => [id, entities]));
        take(slice.filter((note) => done.has(note.id)), done);
        left = left.filter((note) => !done.has(note.id));
        in_vain = done.size > 0 ? 0 : in_vain + 1;
        await nextFrame();
      }
    } finally {
      store.dispatch({ type: "doubts-ended" });
    }
  }

  /**
   * @param {Page.Note[]} notes
   * @param {Map<string, Fedner.Suggestion[]>} suggested
   */
  function take(notes, suggested) {
    /** @type {Page.Doubt[]} */
    const found = [];
    /** @type {Record<string, number>} */
    const confusion = {};
    for (const note of notes) {
      const one = doubtsIn(note, suggested.get(note.id) ?? []);
      found.push(...one.found);
      for (const [cell, count] of Object.entries(one.confusion)) confusion[cell] = (confusion[cell] ?? 0) + count;
    }
    store.dispatch({ type: "doubts-found", checked: notes.length, found, confusion });
  }

  bus.on("check-marks", check);
  bus.on("settle-doubt", ({ doubt, model }) => {
    if (!store.get().writable) return;
    const edit = model ? modelsWord(doubt) : peoplesWord(doubt);
    if (edit) store.dispatch({ type: "edit", edit });
    else store.dispatch({ type: "doubt-kept", doubt });
  });
}

/** @param {Page.Note[]} notes */
function sliceOf(notes) {
  let characters = 0;
  const end = notes.slice(0, SLICE_NOTES_MAX).findIndex((note, i) => {
    characters += note.text.length;
    return i > 0 && characters > SLICE_CHARACTERS_MAX;
  });
  return notes.slice(0, end < 0 ? SLICE_NOTES_MAX : end);
}
