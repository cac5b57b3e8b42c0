// A workspace as a whole: its backup, its name, erasing it, and whether the browser keeps it.

import { phrase } from "../../shared/phrase.js";
import { download, fileName } from "../browser/download.js";
import { fileBytes } from "../browser/file.js";
import { decryptBackup, encryptBackup } from "../storage/backup.js";
import { contentOf, isStored, makeWorkspace, movable } from "../storage/copy.js";
import { startTask } from "../storage/tasks.js";
import { asFailure } from "./failures.js";
import { openWorkspace } from "./workspace.js";

/** The largest backup that is read. */
const BACKUP_LIMIT = { bytes_max: 1024 * 1024 * 1024, code: "backup", hint: phrase("backup.too-large-hint") };
/** How often a name is tried with another number. */
const NAMES_MAX = 1000;
/** Longest name of a workspace. */
const NAME_MAX = 40;
/** How often it is looked whether all is stored. */
const LOOK_MS = 50;

/**
 * @param {Page.Context} context
 * @param {() => number} writing writes that are not finished
 */
export function keepingService({ store, bus }, writing) {
  /** @param {Page.Said | null} text */
  const tell = (text) => store.dispatch({ type: "keeping-told", text });

  bus.on("back-up", async (passphrase) => {
    tell(phrase("backup.writing"));
    try {
      const { workspace } = store.get();
      await stored();
      const content = movable(await contentOf(workspace));
      const file = await encryptBackup({ workspace, content, passphrase, now_ms: Date.now() });
      download(`${fileName(workspace)}-${new Date().toISOString().slice(0, 10)}.fedner-backup`, file, file.type);
      tell(phrase("backup.saved"));
    } catch (fault) {
      tell(sentences(fault));
    }
  });
  bus.on("restore", async ({ file, passphrase }) => {
    tell(phrase("restore.reading"));
    try {
      const bytes = new Uint8Array(await fileBytes(file, BACKUP_LIMIT));
      const { workspace, content } = await decryptBackup(bytes, passphrase);
      const name = await freeName(workspace);
      await makeWorkspace(name, content);
      openWorkspace({ workspace: name });
    } catch (fault) {
      tell(sentences(fault));
    }
  });
  bus.on("workspace-task", async (task) => {
    await stored();
    const { workspace } = store.get();
    startTask(task.kind === "erase-all" ? task : { ...task, workspace });
  });
  bus.on("ask-to-persist", async () => {
    await navigator.storage?.persist?.();
    await look();
  });

  /** Closing the page now must lose nothing. */
  async function stored() {
    while (writing() > 0) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }

  async function look() {
    const persisted = (await navigator.storage?.persisted?.()) ?? null;
    const { usage = 0, quota = 0 } = (await navigator.storage?.estimate?.()) ?? {};
    store.dispatch({ type: "storage-looked-at", persisted, usage, quota });
  }
  bus.on("look-at-storage", look);
}

/**
 * A name that no workspace has.
 * @param {string} wanted
 */
async function freeName(wanted) {
  for (let number = 1; number < NAMES_MAX; number += 1) {
    const ending = number === 1 ? "" : ` ${number}`;
    const name = wanted.slice(0, NAME_MAX - ending.length) + ending;
    if (!(await isStored(name))) return name;
  }
  throw { code: "workspace", message: phrase("restore.too-many", { name: wanted }), hint: phrase("restore.too-many-hint") };
}

/** @param {unknown} fault */
function sentences(fault) {
  const { message, hint } = asFailure(fault);
  return [message, hint];
}
