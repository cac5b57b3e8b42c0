// Where the model disagrees with people's marks.

import { doubtKey, NO_DOUBTS, withDoubts } from "../doubts.js";

/** @type {Page.Reducers<Page.DoubtAction>} */
export const doubtReducers = {
  "doubts-started": (state, { total }) => ({ ...state, doubts: { ...NO_DOUBTS, kept: state.doubts.kept, running: true, total } }),
  "doubts-found": withDoubts,
  "doubts-ended": (state) => ({ ...state, doubts: { ...state.doubts, running: false } }),
  "doubt-kept": (state, { doubt }) => ({ ...state, doubts: { ...state.doubts, kept: { ...state.doubts.kept, [doubtKey(doubt)]: true } } }),
};
