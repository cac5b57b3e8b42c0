// How the page's state changes. Pure: no clock, no storage, no document.

import { doubtReducers } from "./reduce/doubts.js";
import { encoderReducers } from "./reduce/encoders.js";
import { engineReducers } from "./reduce/engine.js";
import { federationReducers } from "./reduce/federation.js";
import { fileReducers } from "./reduce/files.js";
import { messageReducers } from "./reduce/messages.js";
import { modelReducers } from "./reduce/model.js";
import { noteReducers } from "./reduce/notes.js";
import { termReducers } from "./reduce/terms.js";
import { workspaceReducers } from "./reduce/workspace.js";

/** @type {Page.Reducers<Page.Action>} */
const REDUCERS = { ...workspaceReducers, ...noteReducers, ...termReducers, ...doubtReducers, ...fileReducers, ...engineReducers, ...modelReducers, ...federationReducers, ...messageReducers, ...encoderReducers };

/**
 * @param {Page.State} state
 * @param {Page.Action} action
 * @returns {Page.State} the same object where nothing changes
 */
export function reduce(state, action) {
  const reducer = /** @type {(state: Page.State, action: Page.Action) => Page.State} */ (REDUCERS[action.type]);
  return reducer(state, action);
}
