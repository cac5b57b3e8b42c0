// Runs: training on this device, taking part in a federation, and cancelling either.

import { Participation } from "./participation.js";
import { Runner } from "./runner.js";

/**
 * @param {Page.Context} context
 * @param {import("./engine.js").EngineService} engine
 * @param {{stop: () => Promise<void>}} learning stops before a run that somebody asks for
 * @param {import("./participation.js").Site} site
 */
export function trainingService({ store, bus }, engine, learning, site) {
  const runner = new Runner(store, engine, learning);
  const participation = new Participation(store, engine, runner, site);

  bus.on("train", (epochs) => runner.train(epochs));
  bus.on("cancel", () => runner.cancel());
  bus.on("join", (wanted) => participation.join(wanted));
  bus.on("join-confirmed", () => participation.confirm());
  bus.on("join-declined", () => store.dispatch({ type: "consent-declined" }));
  bus.on("resume", () => participation.resume());
  bus.on("set-baseline", (baseline) => store.dispatch({ type: "settings-changed", settings: { baseline } }));
  bus.on("set-resume", (resume) => store.dispatch({ type: "settings-changed", settings: { resume } }));

  return {
    resume: () => participation.resume(),
    resumeAfterRestart: () => participation.resumeAfterRestart(),
    joinAnew: () => participation.joinAnew(),
    /** @param {Fedner.Participation} enrolled */
    enrolled: (enrolled) => participation.enrolled(enrolled),
  };
}
