// Keeps the model's suggestions up to date: the open note's at once, the others' in the background, by the newest model.

import { nextFrame } from "../browser/frames.js";
import { shownNotes } from "../state/note-list.js";
import { nextToAssess } from "../state/suggestions.js";
import { report } from "./failures.js";

/**
 * @param {Page.Context} context
 * @param {import("./engine.js").EngineService} engine
 */
export function assessService({ store, bus }, engine) {
  /** The notes the model is being asked about. @type {Set<string>} */
  let asked = new Set();
  let waiting = false;
  /** The model with which it failed last: it is not asked again, so that a failure does not repeat. */
  let failed_turn = -1;

  /** @param {Page.State} state */
  function next(state) {
    const { engine: phase, has_model, writable, model_turn, selected } = state;
    if (phase !== "up" || !has_model || !writable || model_turn === failed_turn || waiting) return;
    // A request that is running is replaced for the open note only.
    if (asked.size > 0 && (selected === null || asked.has(selected) || state.suggestions[selected]?.turn === model_turn)) return;
    const notes = nextToAssess(state, shownNotes(state));
    if (notes.length === 0 || (asked.size > 0 && notes[0]?.id !== selected)) return;
    ask(notes, model_turn);
  }

  /**
   * @param {Page.Note[]} notes
   * @param {number} turn
   */
  async function ask(notes, turn) {
    const own = new Set(notes.map((note) => note.id));
    asked = own;
    try {
      // An earlier request that is still running ends early, with what it has done.
      const assessments = await engine.call("assess", notes.map(({ id, text }) => ({ id, text })));
      if (assessments.length > 0) store.dispatch({ type: "assessed", turn, assessments });
    } catch (fault) {
      failed_turn = turn;
      report(store, fault);
    }
    if (asked === own) asked = new Set();
    waiting = true;
    await nextFrame();
    waiting = false;
    next(store.get());
  }

  store.subscribe((state, before) => {
    if (WATCHED.some((name) => state[name] !== before[name])) next(state);
  });
  bus.on("suggest", (shown) => store.dispatch({ type: "suggestions-shown", shown }));
  bus.on("set-help", (settings) => store.dispatch({ type: "settings-changed", settings }));
}

const WATCHED = /** @type {const} */ (["engine", "has_model", "model_turn", "selected", "suggest", "settings", "notes", "run"]);
