// The workspace of this tab, as the address's fragment names it.

import { lastingFragment, readFragment } from "../state/fragment.js";

/** The workspace a demo hospital's notes live in. @param {string} id */
export function sampleWorkspace(id) {
  return `sample-${id}`;
}

/**
 * Reads the fragment and leaves only the workspace and the view in the address bar and the history.
 */
export function openAddress() {
  const wanted = readFragment(location.hash);
  showAddress(wanted.workspace, wanted.view);
  return wanted;
}

/**
 * Makes the address say what is shown.
 * @param {string} workspace
 * @param {Page.View | null} view
 */
export function showAddress(workspace, view) {
  history.replaceState(history.state, "", location.pathname + location.search + lastingFragment(workspace, view));
}

/**
 * Opens another workspace in this tab: the page is loaded anew, since everything on it belongs to one workspace.
 * @param {Record<string, string>} fragment
 */
export function openWorkspace(fragment) {
  location.hash = new URLSearchParams(fragment).toString();
}

/**
 * Watches for a new fragment: a link to another workspace, or an invitation pasted into the address bar.
 * @param {string} workspace
 * @param {(address: ReturnType<typeof readFragment>) => void} onAddress called when it is about this workspace
 */
export function watchAddress(workspace, onAddress) {
  addEventListener("hashchange", () => {
    const wanted = readFragment(location.hash);
    if (wanted.workspace === workspace) onAddress(openAddress());
    else location.reload();
  });
}
