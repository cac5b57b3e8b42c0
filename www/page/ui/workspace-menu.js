// Which workspace this tab shows, and opening another one.

import { text } from "../language/language.js";
import { lastingFragment, workspaceName } from "../state/fragment.js";
import { element, part, setText, whenChanged } from "./dom.js";
import { mountFolding } from "./folding.js";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountWorkspaceMenu(root, { store, bus }) {
  const name = part(root, "workspace");
  const list = part(root, "workspace-list");
  const form = part(root, "workspace-form", HTMLFormElement);
  const input = part(root, "workspace-name", HTMLInputElement);

  input.addEventListener("input", () => {
    const usable = input.value === "" || workspaceName(input.value) !== null;
    input.setCustomValidity(usable ? "" : text("workspace.bad-name"));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = workspaceName(input.value);
    if (wanted) bus.emit("switch-workspace", wanted);
  });
  if (root instanceof HTMLDetailsElement) mountFolding(root);

  store.draw(
    whenChanged(
      (state) => [state.workspace, state.workspaces],
      (_, current, all) => {
        setText(name, current);
        const others = all.filter((workspace) => workspace !== current);
        list.replaceChildren(
          ...others.map((workspace) => {
            const link = element("a", {}, workspace);
            link.href = lastingFragment(workspace, null);
            return element("li", {}, link);
          }),
        );
      },
    ),
  );
}
