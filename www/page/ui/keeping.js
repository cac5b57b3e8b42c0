// The dialog of a workspace as a whole: its name, its backup, erasing it.

import { counted, size } from "../state/format.js";
import { workspaceName } from "../state/fragment.js";
import { mountConfirm } from "./confirm.js";
import { part, setText, whenChanged } from "./dom.js";

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
  store.draw(whenChanged((state) => [state.keeping.told], (_, text) => setText(told, text ?? "")));
}

/**
 * @param {HTMLElement} dialog
 * @param {Page.Context} context
 */
function mountRename(dialog, { store, bus }) {
  const name = part(dialog, "rename-name", HTMLInputElement);
  name.addEventListener("input", () => {
    const taken = store.get().workspaces.includes(name.value.trim()) && name.value.trim() !== store.get().workspace;
    if (taken) name.setCustomValidity("There is a workspace of this name already.");
    else name.setCustomValidity(workspaceName(name.value) ? "" : "Use letters, digits, spaces, dots and dashes; start with a letter or digit.");
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
    confirm("Forget removed notes?", "The notes that were removed are erased with all steps that could be undone, and a comparison is ended. The notes that are here stay.", "Forget them", () =>
      bus.emit("workspace-task", { kind: "forget" }),
    ),
  );
  part(dialog, "delete-workspace", HTMLButtonElement).addEventListener("click", () => {
    const { workspace, notes, enrolled } = store.get();
    const place = enrolled.length > 0 ? " and its place in a federation" : "";
    confirm(`Delete “${workspace}”?`, `Its ${counted(notes.length, "note")}, history, models, requests, key${place} are erased from this browser. There is no undo.`, "Delete the workspace", () =>
      bus.emit("workspace-task", { kind: "delete" }),
    );
  });
  part(dialog, "erase-all", HTMLButtonElement).addEventListener("click", () => {
    const { workspaces } = store.get();
    confirm("Erase everything?", `${counted(workspaces.length, "workspace")} with all notes, models and settings, and the page’s own stored files, are erased from this browser. There is no undo.`, "Erase everything", () =>
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
          button.title = locked ? "Not while the workspace is in use: stop training or close the other tab first." : "";
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
  const room = quota > 0 ? ` ${size(usage)} of at most ${size(quota)} are used.` : "";
  if (persisted) return `The browser keeps the workspaces until you erase them.${room}`;
  if (persisted === null) return `This browser does not say whether it keeps the workspaces: make backups.${room}`;
  return `The browser has not promised to keep the workspaces: it may delete them when the disk is nearly full.${room}`;
}
