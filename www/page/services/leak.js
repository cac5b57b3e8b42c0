// The leak test: what the update that was sent last gives away.

import { report } from "./failures.js";

/**
 * @param {Page.Context} context
 * @param {import("./engine.js").EngineService} engine
 */
export function leakService({ store, bus }, engine) {
  bus.on("test-leak", async () => {
    store.dispatch({ type: "leak-test-started" });
    try {
      store.dispatch({ type: "leak-test-finished", report: await engine.call("leakTest") });
    } catch (fault) {
      store.dispatch({ type: "leak-test-failed" });
      report(store, fault);
    }
  });
}
