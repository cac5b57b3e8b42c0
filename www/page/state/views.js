// The page's views: which there are, and which one is shown.

/** @type {Page.View[]} */
export const VIEWS = ["notes", "compare", "training", "model", "left"];

/**
 * The view with this name, or null.
 * @param {string | null} name
 * @returns {Page.View | null}
 */
export function viewNamed(name) {
  return VIEWS.find((view) => view === name) ?? null;
}

/**
 * The view that is shown; there is nothing to compare without notes.
 * @param {Pick<Page.State, "settings" | "notes">} state
 * @returns {Page.View}
 */
export function shownView({ settings: { view }, notes }) {
  return view === "compare" && notes.length === 0 ? "notes" : view;
}
