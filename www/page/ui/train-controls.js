// Training on this device, joining a federation, and the question asked before.

import { hasConsent } from "../state/consent.js";
import { counted } from "../state/format.js";
import { comparisonText, newestText, whichInUse } from "../state/models.js";
import { tally } from "../state/tally.js";
import { leftOutText } from "../state/training-limit.js";
import { part, setText, whenChanged } from "./dom.js";

const EPOCHS_MAX = 500;

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountTrainControls(root, { store, bus }) {
  const epochs = part(root, "epochs", HTMLInputElement);
  const train = part(root, "train-button", HTMLButtonElement);
  const form = part(root, "join-form", HTMLFormElement);
  const federation = part(root, "federation-id", HTMLInputElement);
  const invitation = part(root, "invitation", HTMLInputElement);
  const join = part(root, "join-button", HTMLButtonElement);
  const resume = part(root, "resume-button", HTMLButtonElement);
  const resumeSetting = part(root, "resume-setting", HTMLInputElement);
  const baselineSetting = part(root, "baseline-setting", HTMLInputElement);
  const hint = part(root, "join-hint");
  const summary = part(root, "corpus-summary");

  train.addEventListener("click", () => {
    // Anything that is no number leaves the field's value empty, too.
    if (epochs.value === "" && !epochs.validity.badInput) return bus.emit("train", null);
    const wanted = Math.round(Number(epochs.value));
    if (wanted >= 1 && wanted <= EPOCHS_MAX) bus.emit("train", wanted);
    else epochs.reportValidity();
  });
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
        if (document.activeElement !== epochs) epochs.value = settings.epochs === null ? "" : String(settings.epochs);
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
    const locked = state.engine !== "up" || !state.writable || state.run.kind !== "idle";
    for (const control of [epochs, train, federation, invitation, join, resume]) control.disabled = locked;
    resumeSetting.disabled = !state.writable;
    baselineSetting.disabled = locked;
    // Another federation than the current one is joined, not resumed.
    const away = federation.value.trim() === state.settings.participating && state.run.kind === "idle";
    resume.hidden = !away;
    join.hidden = away;
    setText(hint, hintText(state));
  }
  store.draw(
    whenChanged(
      (state) => [state.corpus, state.notes],
      (_, corpus, notes) => setText(summary, summaryText(corpus, notes)),
    ),
  );
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
  if (state.run.kind === "participating") return "Your notes stay here; updates of the model’s shared part are sent after each round.";
  if (participating) return `This workspace takes part in “${participating}”. Nothing is lost; it goes on from the last checkpoint.`;
  if (state.enrolled.includes(federation)) return `This workspace is enrolled in “${federation}” and can come back any time.`;
  if (hasConsent(state, federation)) return "Only updates of the model’s shared part are sent. You have confirmed this for this federation.";
  return "Before anything is sent, the page shows what will leave this device and asks you to confirm.";
}

/**
 * @param {Page.State["corpus"]} corpus
 * @param {Page.Note[]} notes
 */
function summaryText(corpus, notes) {
  if (!corpus) return "";
  const { training, held_out, left_out } = corpus;
  const sentences = [`${counted(training.sentences, "training sentence")}, ${counted(held_out.sentences, "held-out sentence")}.`];
  const { begun } = tally(notes);
  if (begun > 0) sentences.push(`${counted(begun, "note")} of them ${begun === 1 ? "is" : "are"} still in work: words without a mark count as no entity.`);
  if (left_out > 0) sentences.push(leftOutText(left_out));
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
