// Errors, announced to screen readers, each with what can be done about it.

import { text } from "../language/language.js";
import { clock } from "../state/format.js";
import { button, element, reconcile, saidNode } from "./dom.js";

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
  const told = element("p", { class: "message-text" }, element("strong", {}, saidNode(message.message)));
  const made = element("div", { class: "message" }, told);
  if (message.hint) made.append(element("p", {}, saidNode(message.hint)));
  const actions = message.actions.map((action) =>
    button(text(`remedy.${action}`), () => {
      // A download does not end the problem: the other actions are still needed.
      if (action !== "download-checkpoint") bus.emit("dismiss", message.id);
      bus.emit("act", action);
    }),
  );
  const dismiss = button(text("message.dismiss"), () => bus.emit("dismiss", message.id), { class: "quiet" });
  const facts = element("span", { class: "small muted" }, `${clock(message.time_ms)} · ${message.code}`);
  made.append(element("div", { class: "row" }, ...actions, dismiss, facts));
  return made;
}
