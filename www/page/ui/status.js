// The status line: what the page is doing, in words, and the button that stops it.

import { text } from "../language/language.js";
import { statusText } from "../state/status.js";
import { part, setText } from "./dom.js";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountStatus(root, { store, bus }) {
  const line = part(root, "status");
  const cancel = part(root, "cancel-button", HTMLButtonElement);
  cancel.addEventListener("click", () => bus.emit("cancel", null));

  const offer = part(root, "version-offer");
  part(root, "take-version", HTMLButtonElement).addEventListener("click", () => bus.emit("take-version", null));

  store.draw((state) => {
    // Never while it works: loading the page anew would end that.
    offer.hidden = !state.newer_version || state.run.kind !== "idle" || state.importing !== null || state.learning.running;
    setText(line, statusText(state));
    const title = titleText(state);
    if (document.title !== title) document.title = title;
    root.dataset.tone = tone(state);
    cancel.hidden = state.run.kind === "idle";
    cancel.disabled = state.run.cancelling;
    setText(cancel, state.run.kind === "participating" ? text("status.leave") : text("status.stop-training"));
  });
}

/**
 * The tab's title, so that several workspaces in several tabs can be distinguished.
 * @param {Page.State} state
 */
function titleText({ workspace, run }) {
  const doing = { idle: "", training: text("title.training", { epoch: run.epoch }), participating: text("title.participating", { round: run.round }) }[run.kind];
  return `${doing}${workspace} – FedNER`;
}

/** @param {Page.State} state */
function tone(state) {
  if (state.engine === "down" || !state.writable) return "trouble";
  if (state.run.kind !== "idle") return "busy";
  return state.engine === "up" ? "ready" : "waiting";
}
