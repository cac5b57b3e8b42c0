// Training on this device, joining a federation, and the question asked before.

import { said, text as words } from "../language/language.js";
import { hasConsent } from "../state/consent.js";
import { size } from "../state/format.js";
import { comparisonText, newestText, whichInUse } from "../state/models.js";
import { tally } from "../state/tally.js";
import { leftOutPhrase } from "../state/training-limit.js";
import { part, setText, whenChanged } from "./dom.js";

const EPOCHS_MAX = 500;

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountTrainControls(root, context) {
  mountTrainHere(root, context);
  mountJoin(root, context);
}

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
function mountTrainHere(root, { store, bus }) {
  const epochs = part(root, "epochs", HTMLInputElement);
  const train = part(root, "train-button", HTMLButtonElement);
  const summary = part(root, "corpus-summary");
  train.addEventListener("click", () => {
    // Anything that is no number leaves the field's value empty, too.
    if (epochs.value === "" && !epochs.validity.badInput) return bus.emit("train", null);
    const wanted = Math.round(Number(epochs.value));
    if (wanted >= 1 && wanted <= EPOCHS_MAX) bus.emit("train", wanted);
    else epochs.reportValidity();
  });
  store.draw(
    whenChanged(
      (state) => [state.settings, isLocked(state)],
      (_, settings, locked) => {
        if (document.activeElement !== epochs) epochs.value = settings.epochs === null ? "" : String(settings.epochs);
        for (const control of [epochs, train]) control.disabled = locked;
      },
    ),
  );
  store.draw(
    whenChanged(
      (state) => [state.corpus, state.notes],
      (_, corpus, notes) => setText(summary, summaryText(corpus, notes)),
    ),
  );
}

/** @param {Page.State} state */
function isLocked({ engine, writable, run }) {
  return engine !== "up" || !writable || run.kind !== "idle";
}

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
function mountJoin(root, { store, bus }) {
  const form = part(root, "join-form", HTMLFormElement);
  const federation = part(root, "federation-id", HTMLInputElement);
  const invitation = part(root, "invitation", HTMLInputElement);
  const join = part(root, "join-button", HTMLButtonElement);
  const resume = part(root, "resume-button", HTMLButtonElement);
  const resumeSetting = part(root, "resume-setting", HTMLInputElement);
  const baselineSetting = part(root, "baseline-setting", HTMLInputElement);
  const hint = part(root, "join-hint");

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (join.hidden) return;
    const named = federation.value.trim();
    if (named === "") federation.focus();
    else bus.emit("join", { federation: named, invitation: invitation.value.trim() });
  });
  resume.addEventListener("click", () => bus.emit("resume", null));
  baselineSetting.addEventListener("change", () => bus.emit("set-baseline", baselineSetting.checked));
  resumeSetting.addEventListener("change", () => bus.emit("set-resume", resumeSetting.checked));

  let shown = "";
  federation.addEventListener("input", () => {
    showInvitation(store.get().invitation);
    showWays(store.get());
  });

  /**
   * Shows the secret beside the federation it is for, and nowhere else; what a person types stays.
   * @param {Page.Invitation | null} known
   */
  function showInvitation(known) {
    const secret = known?.federation === federation.value.trim() ? known.secret : "";
    if (secret === shown) return;
    if (secret !== "" || invitation.value === shown) invitation.value = secret;
    shown = secret;
  }

  store.draw(
    whenChanged(
      (state) => [state.settings, state.invitation],
      (_, settings, known) => {
        if (document.activeElement !== federation) federation.value = settings.federation;
        showInvitation(known);
        resumeSetting.checked = settings.resume;
        baselineSetting.checked = settings.baseline;
      },
    ),
  );
  store.draw(showWays);

  /** @param {Page.State} state */
  function showWays(state) {
    const locked = isLocked(state);
    for (const control of [federation, invitation, join, resume]) control.disabled = locked;
    resumeSetting.disabled = !state.writable;
    baselineSetting.disabled = locked;
    // Another federation than the current one is joined, not resumed.
    const away = federation.value.trim() === state.settings.participating && state.run.kind === "idle";
    resume.hidden = !away;
    join.hidden = away;
    setText(hint, hintText(state));
  }
}

/**
 * What the federation has brought, and which of the two models is used.
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountModelChoice(root, { store, bus }) {
  const text = part(root, "models-compared");
  const newest = part(root, "newest-model");
  const own = part(root, "use-own-model", HTMLButtonElement);
  const better = part(root, "use-better-model", HTMLButtonElement);
  own.addEventListener("click", () => bus.emit("use-model", "own"));
  better.addEventListener("click", () => bus.emit("use-model", "better"));
  store.draw((state) => {
    setText(text, comparisonText(state));
    setText(newest, newestText(state));
    const able = state.engine === "up" && state.writable;
    own.hidden = !state.models?.own || whichInUse(state) === "own";
    better.hidden = state.settings.model_choice !== "own" || state.models?.better !== "federation" || !state.models.own;
    own.disabled = !able;
    // In a run only the run has the federation's models.
    better.disabled = !able || state.run.kind !== "idle";
  });
}

/** @param {Page.State} state */
function hintText(state) {
  const { participating, federation } = state.settings;
  if (state.run.kind === "participating") return words("federation.hint-running");
  if (participating) return words("federation.hint-away", { federation: participating });
  if (state.enrolled.includes(federation)) return words("federation.hint-enrolled", { federation });
  if (hasConsent(state, federation)) return words("federation.hint-consented");
  return words("federation.hint-asks");
}

/**
 * @param {Page.State["corpus"]} corpus
 * @param {Page.Note[]} notes
 */
function summaryText(corpus, notes) {
  if (!corpus) return "";
  const { training, held_out, left_out } = corpus;
  const sentences = [words("training.sentences", { count: training.sentences, held_out: held_out.sentences })];
  const { begun } = tally(notes);
  if (begun > 0) sentences.push(words("training.in-work", { count: begun }));
  if (left_out > 0) sentences.push(said(leftOutPhrase(left_out)));
  return sentences.join(" ");
}

/**
 * The dialog that says what leaves the device.
 * @param {HTMLElement} root
 * @param {Page.Context} context
 * @param {string} server
 */
export function mountJoinDialog(root, { store, bus }, server) {
  if (!(root instanceof HTMLDialogElement)) throw new Error("The join dialog is not a dialog.");
  const name = part(root, "join-federation");
  setText(part(root, "join-server"), server);
  root.addEventListener("close", () => {
    const yes = root.returnValue === "yes";
    root.returnValue = "";
    bus.emit(yes ? "join-confirmed" : "join-declined", null);
  });
  store.draw((state) => {
    setText(name, state.settings.federation);
  });
  mountOffer(root, store);
  // Only when the question comes up: between the answer and its handling the state still says "asked".
  store.draw(
    whenChanged(
      (state) => [state.consent_asked],
      (_, asked) => {
        if (asked && !root.open) root.showModal();
      },
    ),
  );
}

/**
 * What the federation would send, and who could read it.
 * @param {HTMLElement} root
 * @param {Page.Store} store
 */
function mountOffer(root, store) {
  const about = part(root, "join-offer");
  const masked = part(root, "join-masked");
  const caution = part(root, "join-caution");
  store.draw(
    whenChanged(
      (state) => [state.offer],
      (_, offer) => {
        masked.hidden = !offer?.is_masked;
        caution.hidden = offer?.is_masked ?? false;
        if (!offer) return setText(about, words("join.no-offer"));
        const { federation_name: name, rounds, quorum, update_bytes } = offer;
        setText(about, words("join.offer", { name, rounds, quorum, size: size(update_bytes) }));
      },
    ),
  );
}
