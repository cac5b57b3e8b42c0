// The model learns from what people have done, in the background and only while nothing else trains it.

import { encoderToTrain } from "../state/encoders.js";
import { learntText } from "../state/learning.js";
import { scoresInUse } from "../state/models.js";
import { hash } from "../state/note-id.js";
import { asFailure, report } from "./failures.js";

/** Failures that only mean that learning was ended. */
const NO_FAULT = ["cancelled", "restarted", "busy"];

/**
 * @param {Page.Context} context
 * @param {import("./engine.js").EngineService} engine
 */
export function learnService({ store, bus }, engine) {
  /** @type {Promise<void> | null} */
  let under_way = null;

  function learn() {
    const { engine: phase, writable, run } = store.get();
    if (under_way || phase !== "up" || !writable || run.kind !== "idle") return;
    under_way = once().finally(() => {
      under_way = null;
    });
  }

  async function once() {
    const notes = store.get().learning.since;
    store.dispatch({ type: "learning-started" });
    try {
      await engine.loadCorpus();
      const before = store.get().has_model ? await scoreBefore() : null;
      const learnt = await engine.call("learn", { seed: seed(), encoder: encoderToTrain(store.get()) });
      if (learnt.cancelled) return;
      const text = learntText(notes.length, before, learnt);
      store.dispatch({ type: "learnt", notes, text, scores: learnt.scores, now_ms: Date.now() });
    } catch (fault) {
      if (!NO_FAULT.includes(asFailure(fault).code)) {
        // Switched off, since the same failure would come back with every note.
        store.dispatch({ type: "settings-changed", settings: { learn: false } });
        report(store, fault);
      }
    } finally {
      store.dispatch({ type: "learning-ended" });
    }
  }

  /** F1 of the model as it is, from the last scoring or a new one. */
  async function scoreBefore() {
    const latest = scoresInUse(store.get()) ?? (await engine.call("evaluate"));
    return latest?.strict.f1 ?? null;
  }

  function seed() {
    return Number.parseInt(hash(`${store.get().workspace} learning`).slice(0, 8), 16);
  }

  store.subscribe((state, before) => {
    const { learning, settings, run } = state;
    if (learning === before.learning && settings === before.settings && run === before.run && state.engine === before.engine) return;
    if (settings.learn && learning.since.length >= settings.learn_after) learn();
  });
  bus.on("learn", learn);

  return {
    /** Ends learning, so that something else can train the model. */
    async stop() {
      if (!under_way) return;
      await engine.call("cancel", "run");
      await under_way;
    },
  };
}
