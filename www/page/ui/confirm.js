// A question before something that can't be undone.

import { part, setText } from "./dom.js";

/**
 * @param {HTMLDialogElement} dialog
 * @returns {(title: string, text: string, yes: string, act: () => void) => void}
 */
export function mountConfirm(dialog) {
  /** @type {() => void} */
  let agreed = () => {};
  dialog.addEventListener("close", () => {
    if (dialog.returnValue === "yes") agreed();
    agreed = () => {};
  });
  return (title, text, yes, act) => {
    setText(part(dialog, "confirm-title"), title);
    setText(part(dialog, "confirm-text"), text);
    setText(part(dialog, "confirm-yes"), yes);
    dialog.returnValue = "";
    agreed = act;
    dialog.showModal();
  };
}
