// Training on this device that a reload has cut off: it is remembered while it runs, and offered again from the last
// checkpoint.

import { remaining } from "../state/unfinished.js";

/** @param {Page.Context} context */
export function unfinishedService({ store, bus }) {
  store.subscribe(({ run, settings }) => {
    const { unfinished } = settings;
    if (run.kind === "training" && run.epochs > 0) {
      if (unfinished?.epoch !== run.epoch || unfinished.epochs !== run.epochs) remember({ epoch: run.epoch, epochs: run.epochs });
    } else if (run.kind !== "idle" && unfinished) remember(null);
  });
  store.subscribe(({ run }, before) => {
    if (before.run.kind === "training" && run.kind === "idle") remember(null);
  });
  bus.on("finish-training", () => {
    const { settings: { unfinished }, has_model } = store.get();
    if (unfinished) bus.emit("train", has_model ? remaining(unfinished) : unfinished.epochs);
  });
  bus.on("drop-training", () => remember(null));

  /** @param {Page.Unfinished | null} unfinished */
  function remember(unfinished) {
    // After this change was told to everybody.
    queueMicrotask(() => store.dispatch({ type: "settings-changed", settings: { unfinished } }));
  }
}
