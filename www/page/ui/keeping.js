// The dialog of a workspace as a whole: its name, its backup, erasing it.

import { text } from "../language/language.js";
import { size } from "../state/format.js";
import { workspaceName } from "../state/fragment.js";
import { mountConfirm } from "./confirm.js";
import { part, setText, showSaid, whenChanged } from "./dom.js";

/**
 * @param {HTMLElement} page
 * @param {Page.Context} context
 */
export function mountKeeping(page, context) {
  const { store, bus } = context;
  const dialog = part(page, "workspace-dialog", HTMLDialogElement);
  part(page, "workspace-manage", HTMLButtonElement).addEventListener("click", () => {
    part(page, "workspace-menu", HTMLDetailsElement).open = false;
    part(dialog, "rename-name", HTMLInputElement).value = store.get().workspace;
    bus.emit("look-at-storage", null);
    dialog.showModal();
  });
  part(dialog, "workspace-close", HTMLButtonElement).addEventListener("click", () => dialog.close());
  mountRename(dialog, context);
  mountBackup(dialog, context);
  mountErase(page, dialog, context);
  mountStorage(dialog, context);
  const told = part(dialog, "workspace-told");
  store.draw(whenChanged((state) => [state.keeping.told], (_, what) => showSaid(told, what ?? "")));
}

/**
 * @param {HTMLElement} dialog
 * @param {Page.Context} context
 */
function mountRename(dialog, { store, bus }) {
  const name = part(dialog, "rename-name", HTMLInputElement);
  name.addEventListener("input", () => {
    const taken = store.get().workspaces.includes(name.value.trim()) && name.value.trim() !== store.get().workspace;
    if (taken) name.setCustomValidity(text("workspace.taken"));
    else name.setCustomValidity(workspaceName(name.value) ? "" : text("workspace.bad-name"));
  });
  part(dialog, "rename-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    const to = workspaceName(name.value);
    if (to && to !== store.get().workspace) bus.emit("workspace-task", { kind: "rename", to });
  });
}

/**
 * @param {HTMLElement} dialog
 * @param {Page.Context} context
 */
function mountBackup(dialog, { bus }) {
  const passphrase = part(dialog, "backup-passphrase", HTMLInputElement);
  part(dialog, "backup-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    bus.emit("back-up", passphrase.value);
    passphrase.value = "";
  });
  const file = part(dialog, "restore-file", HTMLInputElement);
  const its = part(dialog, "restore-passphrase", HTMLInputElement);
  const button = part(dialog, "restore-button", HTMLButtonElement);
  file.addEventListener("change", () => {
    const [chosen] = file.files ?? [];
    button.disabled = !chosen;
    setText(part(dialog, "restore-chosen"), chosen ? chosen.name : "");
    if (chosen) its.focus();
  });
  part(dialog, "restore-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    const [chosen] = file.files ?? [];
    if (chosen) bus.emit("restore", { file: chosen, passphrase: its.value });
  });
}

/**
 * @param {HTMLElement} page
 * @param {HTMLElement} dialog
 * @param {Page.Context} context
 */
function mountErase(page, dialog, { store, bus }) {
  const confirm = mountConfirm(part(page, "confirm-dialog", HTMLDialogElement));
  part(dialog, "forget-removed", HTMLButtonElement).addEventListener("click", () =>
    confirm(text("erase.removed-question"), text("erase.removed-text"), text("erase.removed-yes"), () =>
      bus.emit("workspace-task", { kind: "forget" }),
    ),
  );
  part(dialog, "delete-workspace", HTMLButtonElement).addEventListener("click", () => {
    const { workspace, notes, enrolled } = store.get();
    const what = text(enrolled.length > 0 ? "erase.workspace-text-enrolled" : "erase.workspace-text", { count: notes.length });
    confirm(text("erase.workspace-question", { workspace }), what, text("erase.workspace-yes"), () =>
      bus.emit("workspace-task", { kind: "delete" }),
    );
  });
  part(dialog, "erase-all", HTMLButtonElement).addEventListener("click", () => {
    const { workspaces } = store.get();
    confirm(text("erase.all-question"), text("erase.all-text", { count: workspaces.length }), text("erase.all"), () =>
      bus.emit("workspace-task", { kind: "erase-all" }),
    );
  });
  const buttons = ["rename-button", "backup-button", "forget-removed", "delete-workspace", "erase-all"].map((id) => part(dialog, id, HTMLButtonElement));
  store.draw(
    whenChanged(
      (state) => [!state.writable || state.run.kind !== "idle" || state.importing !== null],
      (_, locked) => {
        for (const button of buttons) {
          button.disabled = locked;
          button.title = locked ? text("workspace.in-use") : "";
        }
      },
    ),
  );
}

/**
 * @param {HTMLElement} dialog
 * @param {Page.Context} context
 */
function mountStorage(dialog, { store, bus }) {
  const told = part(dialog, "storage-told");
  const ask = part(dialog, "storage-ask", HTMLButtonElement);
  ask.addEventListener("click", () => bus.emit("ask-to-persist", null));
  store.draw(
    whenChanged(
      (state) => [state.keeping.storage],
      (_, storage) => {
        ask.hidden = storage?.persisted !== false;
        setText(told, storage ? storageText(storage) : "");
      },
    ),
  );
}

/** @param {NonNullable<Page.Keeping["storage"]>} storage */
function storageText({ persisted, usage, quota }) {
  const kept = text(persisted ? "storage.kept" : persisted === null ? "storage.unknown" : "storage.not-promised");
  return quota > 0 ? `${kept} ${text("storage.used", { used: size(usage), quota: size(quota) })}` : kept;
}
