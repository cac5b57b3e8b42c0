// How the page's state changes. Pure: no clock, no storage, no document.

import { engine } from "./reduce/engine.js";
import { federation } from "./reduce/federation.js";
import { files } from "./reduce/files.js";
import { messages } from "./reduce/messages.js";
import { model } from "./reduce/model.js";
import { notes } from "./reduce/notes.js";
import { workspace } from "./reduce/workspace.js";

/** @type {Page.Reducers<Page.Action>} */
const REDUCERS = { ...workspace, ...notes, ...files, ...engine, ...model, ...federation, ...messages };

/**
 * @param {Page.State} state
 * @param {Page.Action} action
 * @returns {Page.State} the same object where nothing changes
 */
export function reduce(state, action) {
  const reducer = /** @type {(state: Page.State, action: Page.Action) => Page.State} */ (REDUCERS[action.type]);
  return reducer(state, action);
}
