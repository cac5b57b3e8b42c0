// All keys in one dialog.

import { text } from "../../language/language.js";
import { COMMANDS, GROUPS, keyName } from "../../state/annotate/keys.js";
import { element, part, whenChanged } from "../dom.js";

/**
 * @param {HTMLElement} root the dialog
 * @param {Page.Context} context
 */
export function mountHelp(root, { store, bus }) {
  if (!(root instanceof HTMLDialogElement)) throw new Error("The help is not a dialog.");
  const mac = /Mac|iP(hone|ad|od)/u.test(navigator.userAgent);
  const table = part(root, "help-keys");
  store.draw(whenChanged((state) => [state.language], (_, _language) => table.replaceChildren(...GROUPS.map((group) => section(group, mac)))));
  bus.on("command", (id) => {
    if (id === "help" && !root.open) root.showModal();
  });
}

/**
 * @param {import("../../state/annotate/keys.js").Group} group
 * @param {boolean} mac
 */
function section(group, mac) {
  const rows = COMMANDS.filter((command) => command.group === group).map(({ id, keys }) => {
    const shown = keys.flatMap((key, i) => [...(i > 0 ? [text("keys.or")] : []), element("kbd", {}, keyName(key, mac))]);
    return element("div", {}, element("dt", {}, ...shown), element("dd", {}, text(`keys.does.${id}`)));
  });
  return element("section", {}, element("h3", {}, text(`keys.group.${group}`)), element("dl", {}, ...rows));
}
