// Pretrained encoders: packs, fetching one, and reading with it.

import { progressed } from "../encoders.js";

/** @type {Page.Reducers<Page.Encoders.Action>} */
export const encoderReducers = {
  "encoders-listed": (state, { listed }) => changed(state, { listed }),
  "encoders-here": (state, { here }) => changed(state, { here }),
  "encoder-offered": (state, { offer }) => changed(state, { offer }),
  "encoder-received": (state, { pack, received, total, now_ms }) => {
    const { fetching } = state.encoders;
    const before = fetching?.pack === pack ? fetching : null;
    return changed(state, { fetching: { pack, ...progressed(before, { done: received, total, now_ms }) } });
  },
  "encoder-fetch-ended": (state) => changed(state, { fetching: null }),
  // What could not be suggested for want of it can be now.
  "encoder-ready": (state) => ({ ...state, model_turn: state.model_turn + 1 }),
  "encoder-timed": (state, { pack, words_per_s }) => changed(state, { speeds: { ...state.encoders.speeds, [pack]: words_per_s } }),
  "notes-read": (state, now) => changed(state, { reading: progressed(state.encoders.reading, now) }),
  "reading-ended": (state) => changed(state, { reading: null }),
};

/**
 * @param {Page.State} state
 * @param {Partial<Page.Encoders.State>} encoders
 * @returns {Page.State}
 */
function changed(state, encoders) {
  return { ...state, encoders: { ...state.encoders, ...encoders } };
}
