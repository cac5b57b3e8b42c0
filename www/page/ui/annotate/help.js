// All keys in one dialog.

import { COMMANDS, GROUPS, keyName } from "../../state/annotate/keys.js";
import { element, part } from "../dom.js";

/**
 * @param {HTMLElement} root the dialog
 * @param {Page.Context} context
 */
export function mountHelp(root, { bus }) {
  if (!(root instanceof HTMLDialogElement)) throw new Error("The help is not a dialog.");
  const mac = /Mac|iP(hone|ad|od)/u.test(navigator.userAgent);
  const groups = /** @type {(keyof typeof GROUPS)[]} */ (Object.keys(GROUPS)).map((group) => {
    const rows = COMMANDS.filter((command) => command.group === group).map(({ keys, says }) => {
      const shown = keys.flatMap((key, i) => [...(i > 0 ? [" or "] : []), element("kbd", {}, keyName(key, mac))]);
      return element("div", {}, element("dt", {}, ...shown), element("dd", {}, says));
    });
    return element("section", {}, element("h3", {}, GROUPS[group]), element("dl", {}, ...rows));
  });
  part(root, "help-keys").replaceChildren(...groups);
  bus.on("command", (id) => {
    if (id === "help" && !root.open) root.showModal();
  });
}
