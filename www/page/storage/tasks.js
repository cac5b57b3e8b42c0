// What changes a whole workspace: renaming, deleting, forgetting, erasing. A task is noted, the page is loaded anew, and
// the task is done before anything else has the workspace open: nothing writes beside it, and an interrupted one is
// done again.

import { storedWorkspaces } from "../../shared/database.js";
import { eraseEncoderFiles, eraseVectors } from "../../shared/encoder-files.js";
import { phrase } from "../../shared/phrase.js";
import { contentOf, deleteDatabase, deleteWorkspace, isStored, makeWorkspace, sweep, withoutTrace } from "./copy.js";

const KEY = "fedner-task";
/** How often the browser's files are gone through after a task, and how long after one another. */
const SWEEPS_KEY = "fedner-sweeps";
const SWEEPS = 4;
const SWEEP_WAIT_MS = 1500;
/** Tells the other tabs that their workspace is gone. */
const CHANNEL = "fedner";
/** What all of this page's own entries begin with. */
const OWN = "fedner";
/** Longest name of a workspace; the name of its copy has no more. */
const NAME_MAX = 40;
const COPY_ENDING = ".copy";

/**
 * @typedef {{kind: "delete", workspace: string}
 *   | {kind: "rename", workspace: string, to: string}
 *   | {kind: "forget", workspace: string}
 *   | {kind: "erase-all"}} Task
 */

/**
 * Notes a task and loads the page anew.
 * @param {Task} task
 */
export function startTask(task) {
  sessionStorage.setItem(KEY, JSON.stringify(task));
  if (task.kind === "erase-all") new BroadcastChannel(CHANNEL).postMessage("erased");
  location.reload();
}

/** Loads the page anew when another tab erases everything. */
export function watchErasing() {
  new BroadcastChannel(CHANNEL).onmessage = () => location.reload();
}

/** The task that was noted, if any. @returns {Task | null} */
export function notedTask() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}

/**
 * Does the task; `workspace` is this tab's own, which no other tab has open.
 * @param {Task} task
 * @param {string} workspace
 * @returns {Promise<string | null>} the workspace to open then; null: this one
 */
export async function doTask(task, workspace) {
  // A task that fails is reported once, and not tried at every start.
  sessionStorage.removeItem(KEY);
  if (task.kind !== "erase-all" && task.workspace !== workspace) return null;
  const next = await done(task, workspace);
  sessionStorage.setItem(SWEEPS_KEY, String(SWEEPS));
  return next;
}

/** Goes on with what is left to do of an erasing, beside everything else. */
export async function sweepLater() {
  for (let left = Number(sessionStorage.getItem(SWEEPS_KEY) ?? 0); left > 0; left -= 1) {
    await new Promise((resolve) => setTimeout(resolve, SWEEP_WAIT_MS));
    await sweep();
    sessionStorage.setItem(SWEEPS_KEY, String(left - 1));
  }
  sessionStorage.removeItem(SWEEPS_KEY);
}

/**
 * @param {Task} task
 * @param {string} workspace
 * @returns {Promise<string | null>}
 */
async function done(task, workspace) {
  switch (task.kind) {
    case "erase-all":
      await withoutTrace(eraseAll);
      return "main";
    case "delete":
      await withoutTrace(() => deleteWorkspace(workspace));
      await eraseVectors(workspace);
      return (await storedWorkspaces()).find((name) => name !== workspace) ?? "main";
    case "rename":
      await withoutTrace(() => rename(workspace, task.to));
      // Made again under the new name when they are needed.
      await eraseVectors(workspace);
      return task.to;
    case "forget":
      await withoutTrace(() => forget(workspace));
      await eraseVectors(workspace);
      return null;
  }
}

/**
 * @param {string} from
 * @param {string} to
 */
async function rename(from, to) {
  if (await isStored(to)) throw { code: "workspace", message: phrase("workspace.exists", { name: to }), hint: phrase("workspace.exists-hint") };
  await makeWorkspace(to, await contentOf(from));
  await deleteWorkspace(from);
}

/**
 * Forgets what was removed: the steps that could be undone hold it, and so does the browser's file until it is made anew.
 * @param {string} workspace
 */
async function forget(workspace) {
  const copy = workspace.slice(0, NAME_MAX - COPY_ENDING.length) + COPY_ENDING;
  const content = await contentOf(workspace);
  const kept = { ...content, edits: [], values: { ...content.values, "edits-done": 0, comparison: null } };
  // At each moment one of the two is whole.
  await makeWorkspace(copy, kept);
  await deleteWorkspace(workspace);
  await makeWorkspace(workspace, kept);
  await deleteWorkspace(copy);
}

/** Erases every workspace, setting and file that this page has stored in this browser. */
async function eraseAll() {
  const names = (await indexedDB.databases()).map(({ name }) => name ?? "");
  for (const name of names.filter((known) => known.startsWith(OWN))) await deleteDatabase(name);
  for (const storage of [localStorage, sessionStorage]) {
    for (const key of Object.keys(storage)) if (key.startsWith(OWN)) storage.removeItem(key);
  }
  await eraseEncoderFiles();
  if ("caches" in globalThis) for (const key of await caches.keys()) await caches.delete(key);
  for (const registration of (await navigator.serviceWorker?.getRegistrations()) ?? []) await registration.unregister();
}
