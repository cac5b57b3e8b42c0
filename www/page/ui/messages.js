// Errors, announced to screen readers, each with what can be done about it.

import { clock } from "../state/format.js";
import { button, element, reconcile } from "./dom.js";

/** @type {Record<Page.Remedy, string>} */
const ACTIONS = {
  "restart-engine": "Restart the engine from the last checkpoint",
  "download-checkpoint": "Download the checkpoint",
  "store-again": "Try to store again",
  "join-anew": "Join anew",
  "go-on": "Go on with the federation",
  reload: "Work here now",
  "use-cpu": "Go on with the processor (CPU)",
};

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountMessages(root, { store, bus }) {
  store.draw((state) => {
    const open = state.messages.filter((message) => !message.dismissed);
    reconcile(root, open, (message) => String(message.id), (message) => draw(message, bus), () => {});
  });
}

/**
 * @param {Page.Message} message
 * @param {Page.Bus} bus
 */
function draw(message, bus) {
  const text = element("p", { class: "message-text" }, element("strong", {}, message.message));
  const made = element("div", { class: "message" }, text);
  if (message.hint) made.append(element("p", {}, message.hint));
  const actions = message.actions.map((action) =>
    button(ACTIONS[action], () => {
      // A download does not end the problem: the other actions are still needed.
      if (action !== "download-checkpoint") bus.emit("dismiss", message.id);
      bus.emit("act", action);
    }),
  );
  const dismiss = button("Dismiss", () => bus.emit("dismiss", message.id), { class: "quiet" });
  const facts = element("span", { class: "small muted" }, `${clock(message.time_ms)} · ${message.code}`);
  made.append(element("div", { class: "row" }, ...actions, dismiss, facts));
  return made;
}
