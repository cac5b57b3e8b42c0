// Opens views, and keeps the address at the one that is shown.

import { shownView } from "../state/views.js";
import { showAddress } from "./workspace.js";

/**
 * @param {Page.Context} context
 */
export function viewService({ store, bus }) {
  /** @param {Page.View} view */
  const open = (view) => store.dispatch({ type: "settings-changed", settings: { view } });
  bus.on("open-view", open);
  // A mark is shown in its note's text.
  bus.on("show-mark", () => open("notes"));
  return {
    /**
     * Opens the view that the address names; without one the last one stays.
     * @param {{view: Page.View | null}} address
     */
    take({ view }) {
      if (view) open(view);
      const { workspace } = store.get();
      showAddress(workspace, shownView(store.get()));
    },
  };
}
