// One run of the engine at a time.

import { encoderToTrain } from "../state/encoders.js";
import { hash } from "../state/note-id.js";
import { asFailure, report } from "./failures.js";
import { encoderNeeded } from "./reading.js";

/** Failures that only mean that a run was ended. */
const ENDED = ["cancelled", "restarted"];

export class Runner {
  #store;
  #engine;
  #learning;

  /**
   * @param {Page.Store} store
   * @param {import("./engine.js").EngineService} engine
   * @param {{stop: () => Promise<void>}} learning
   */
  constructor(store, engine, learning) {
    this.#store = store;
    this.#engine = engine;
    this.#learning = learning;
  }

  get idle() {
    return this.#store.get().run.kind === "idle";
  }

  /** Runs of one workspace can be repeated: the same seed, notes and device give the same model. */
  seed() {
    return Number.parseInt(hash(this.#store.get().workspace).slice(0, 8), 16);
  }

  /** @param {number | null} epochs null: until the model stops getting better */
  async train(epochs) {
    this.#store.dispatch({ type: "settings-changed", settings: { epochs } });
    const encoder = encoderToTrain(this.#store.get());
    const trained = await this.runOnNotes("training", () => this.#engine.call("train", { epochs, seed: this.seed(), encoder }), (fault) => this.#notTrained(fault, epochs));
    // The model is of the chosen kind now: later trainings go on with it.
    if (trained) this.#store.dispatch({ type: "settings-changed", settings: { encoder_choice: null } });
    // What was trained now is the own model; the choice was between others.
    if (this.#store.get().settings.model_choice === "better") return;
    await this.#engine.call("useModel", "better");
    this.#store.dispatch({ type: "model-chosen", choice: "better" });
  }

  async cancel() {
    if (this.idle) return;
    this.#store.dispatch({ type: "run-cancelling" });
    await this.#engine.call("cancel");
  }

  /**
   * Gives the engine the notes, then runs.
   * @template T
   * @param {"training" | "participating"} kind
   * @param {() => Promise<T>} work
   * @param {(fault: unknown) => void} onFault
   * @returns {Promise<T | null>} null: it was not begun, or has failed
   */
  async runOnNotes(kind, work, onFault) {
    if (!this.idle) return null;
    // The corpus first, so that `has_model` is known when the run starts.
    try {
      await this.#learning.stop();
      await this.#engine.loadCorpus();
    } catch (fault) {
      report(this.#store, fault);
      return null;
    }
    return this.run(kind, work, onFault);
  }

  /**
   * @template T
   * @param {"training" | "participating"} kind
   * @param {() => Promise<T>} work
   * @param {(fault: unknown) => void} onFault
   * @returns {Promise<T | null>} null: it was not begun, or has failed
   */
  async run(kind, work, onFault) {
    if (!this.idle) return null;
    this.#store.dispatch({ type: "run-started", kind, now_ms: Date.now() });
    try {
      await this.#learning.stop();
      return await work();
    } catch (fault) {
      onFault(fault);
      return null;
    } finally {
      this.#store.dispatch({ type: "run-ended" });
    }
  }

  /**
   * @param {unknown} fault
   * @param {number | null} epochs
   */
  #notTrained(fault, epochs) {
    const needed = encoderNeeded(fault);
    if (needed) this.#engine.encoders.offer(needed, "model", () => this.train(epochs)).catch((why) => report(this.#store, why));
    else this.reportUnlessEnded(fault);
  }

  /** @param {unknown} fault */
  reportUnlessEnded(fault) {
    if (!ENDED.includes(asFailure(fault).code)) report(this.#store, fault);
  }
}
