// Runs of training, and taking part in a federation.

import { IDLE } from "../state.js";

/** @type {Page.Reducers<Page.FederationAction>} */
export const federationReducers = {
  "run-started": (state, { kind }) => runStarted(state, kind),
  "run-cancelling": (state) => (state.run.kind === "idle" ? state : { ...state, run: { ...state.run, cancelling: true } }),
  "run-ended": (state) => ({ ...state, run: { ...state.run, kind: "idle", cancelling: false, deadline_at_ms: null } }),
  "invitation-given": (state, { invitation }) => ({
    ...state,
    invitation,
    invited: same(invitation, state.invitation) ? state.invited : null,
  }),
  // Another invitation may have been given while the server was asked.
  "invitation-checked": (state, { invitation, invited }) => (same(invitation, state.invitation) ? { ...state, invited } : state),
  "invitation-ended": (state, { federation: id }) =>
    state.invitation?.federation === id ? { ...state, invitation: null, invited: null } : state,
  "consent-asked": (state, { offer }) => ({ ...state, consent_asked: true, offer }),
  "consent-given": (state, { now_ms }) => ({
    ...withSettings(state, agreed(state, now_ms)),
    consent_asked: false,
  }),
  "consent-declined": (state) => ({ ...state, consent_asked: false }),
  "enrolments-changed": (state, { federations }) => ({ ...state, enrolled: federations }),
  "participation-started": (state, { federation: id }) => withSettings(state, { participating: id }),
  "participation-finished": (state, { version }) =>
    withSettings({ ...state, run: { ...state.run, version } }, { participating: null }),
  "participation-ended": (state) => withSettings(state, { participating: null }),
  "peers-met": (state, { peers: { federation, sites } }) => ({ ...state, peers: { ...state.peers, [federation]: sites } }),
  "leak-test-started": (state) => ({ ...state, leak_test: { ...state.leak_test, running: true } }),
  "leak-test-finished": (state, { report }) => ({ ...state, leak_test: { running: false, done: true, report } }),
  "leak-test-failed": (state) => ({ ...state, leak_test: { ...state.leak_test, running: false } }),
};

/**
 * Whoever was promised masked updates has agreed to no others.
 * @param {Page.State} state
 * @param {number} now_ms
 * @returns {Partial<Page.Settings>}
 */
function agreed({ settings: { federation: id, consents, masked_only }, offer }, now_ms) {
  const others = masked_only.filter((known) => known !== id);
  return { consents: { ...consents, [id]: now_ms }, masked_only: offer?.is_masked ? [...others, id] : others };
}

/**
 * @param {Page.State} state
 * @param {Partial<Page.Settings>} settings
 * @returns {Page.State}
 */
function withSettings(state, settings) {
  return { ...state, settings: { ...state.settings, ...settings } };
}

/**
 * @param {Page.Invitation | null} a
 * @param {Page.Invitation | null} b
 */
function same(a, b) {
  return a?.federation === b?.federation && a?.secret === b?.secret;
}

/**
 * @param {Page.State} state
 * @param {"training" | "participating"} kind
 * @returns {Page.State}
 */
function runStarted(state, kind) {
  // A new model starts a new comparison "at the start / now"; the plot goes on.
  const progress = state.has_model ? state.progress : { ...state.progress, scores_start: null };
  const phase = kind === "training" ? "training" : "enrolling";
  const { version } = state.run;
  return { ...state, run: { ...IDLE, kind, phase, version }, progress };
}
