// The terminology, and what the worker finds of it.

import { withMatches, withoutNotes, withProblems, withTerms } from "../terms/search.js";

/** @type {Page.Reducers<Page.TermAction>} */
export const termReducers = {
  "terms-set": (state, { terms }) => withTerms(state, terms),
  "terms-found": withMatches,
  "terms-unusable": withProblems,
  "terms-forgotten": (state, { notes }) => withoutNotes(state, notes),
};
