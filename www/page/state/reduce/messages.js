// Errors and notices.

import { sameWords } from "../../../shared/phrase.js";

/** Errors and notices kept for reading again. */
export const MESSAGES_MAX = 100;
export const NOTICES_MAX = 100;

/** @type {Page.Reducers<Page.MessageAction>} */
export const messageReducers = {
  failed,
  dismissed: (state, { id }) => ({
    ...state,
    messages: state.messages.map((message) => (message.id === id ? { ...message, dismissed: true } : message)),
  }),
  noticed: (state, { message, now_ms }) => noticed(state, message, now_ms),
};

/**
 * @param {Page.State} state
 * @param {Extract<Page.Action, {type: "failed"}>} action
 * @returns {Page.State}
 */
function failed(state, { failure, actions, now_ms }) {
  const open = state.messages.findLast((m) => !m.dismissed);
  if (open && open.code === failure.code && sameWords(open.message, failure.message)) return state;
  const id = (state.messages.at(-1)?.id ?? 0) + 1;
  const message = { ...failure, id, time_ms: now_ms, dismissed: false, actions };
  return { ...state, messages: [...state.messages, message].slice(-MESSAGES_MAX) };
}

/**
 * @param {Page.State} state
 * @param {Page.Said} message
 * @param {number} time_ms
 * @returns {Page.State}
 */
export function noticed(state, message, time_ms) {
  return { ...state, notices: [...state.notices, { message, time_ms }].slice(-NOTICES_MAX) };
}
