// Suggestions from elsewhere: the terminology, what the worker finds of it, and another program’s marks.

import { withMatches, withoutNotes, withProblems, withTerms } from "../terms/search.js";

/** @type {Page.Reducers<Page.TermAction>} */
export const termReducers = {
  "terms-set": (state, { terms }) => withTerms(state, terms),
  "terms-found": withMatches,
  "terms-unusable": withProblems,
  "preannotations-set": (state, { preannotations }) => ({ ...state, preannotations }),
  "terms-forgotten": (state, { notes }) => withoutNotes(state, notes),
};
