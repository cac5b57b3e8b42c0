// Whole databases of workspaces: what is in one, making one with it, and deleting one.

import { openDatabase, PREFIX } from "../../shared/database.js";
import { phrase } from "../../shared/phrase.js";
import { UPGRADE } from "./upgrade.js";

/** How long deleting may take; another tab may still have the database open. */
const DELETE_WAIT_MS = 20_000;

/** The name of a database that is there for a moment; it is none of a workspace's. */
const SCRATCH = "fedner.scratch";

/**
 * What belongs to one browser and can't leave it: keys that nobody can read, and what was answered under them. From an older
 * copy of that, a round could be answered twice.
 */
const BOUND_TO_BROWSER = ["identities", "masking"];

/**
 * What is in a workspace's database.
 * @typedef {{version: number, documents: any[], edits: any[], ledger: any[], values: Record<string, unknown>}} Content
 */

/**
 * Everything in a workspace.
 * @param {string} workspace
 * @returns {Promise<Content>}
 */
export async function contentOf(workspace) {
  const database = await openDatabase(workspace, UPGRADE);
  try {
    const [documents, edits, ledger, values] = await Promise.all([
      database.all("documents"),
      database.all("edits"),
      database.all("ledger"),
      database.values(),
    ]);
    return { version: UPGRADE.version, documents, edits, ledger, values };
  } finally {
    database.close();
  }
}

/**
 * The part of it that can be moved to another browser.
 * @param {Content} content
 * @returns {Content}
 */
export function movable(content) {
  const values = Object.entries(content.values).filter(([name]) => !BOUND_TO_BROWSER.includes(name));
  return { ...content, values: Object.fromEntries(values) };
}

/**
 * Makes a workspace with this content, in one transaction: all of it or nothing.
 * @param {string} workspace
 * @param {Content} content
 */
export async function makeWorkspace(workspace, { version, documents, edits, ledger, values }) {
  // Of an earlier version of the page: its own version of the database takes it, and opening it upgrades it.
  const database = await openDatabase(workspace, { ...UPGRADE, version });
  try {
    const stores = /** @type {const} */ (["documents", "edits", "ledger"]);
    const put = { documents, edits, ledger };
    await database.change(stores.map((store) => ({ store, put: put[store] })), values);
  } finally {
    database.close();
  }
}

/**
 * Whether a workspace of this name is stored.
 * @param {string} workspace
 */
export async function isStored(workspace) {
  const names = (await indexedDB.databases()).map(({ name }) => name);
  return names.includes(PREFIX + workspace);
}

/**
 * Deletes a workspace with everything in it.
 * @param {string} workspace
 */
export function deleteWorkspace(workspace) {
  return deleteDatabase(PREFIX + workspace);
}

/**
 * Does what deletes databases, so that nothing of them stays in the browser's files. Chromium's database (LevelDB) notes
 * what is deleted and rewrites only files that overlap the deleted keys and were there before. So there is another
 * database meanwhile, whose keys are in the same files, and which is deleted last.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withoutTrace(work) {
  await writeScratch();
  try {
    return await work();
  } finally {
    await sweep();
  }
}

/** Makes the browser go through its files once more: one that something was still reading stays until then. */
export async function sweep() {
  await writeScratch();
  await deleteDatabase(SCRATCH);
}

/** @returns {Promise<void>} */
function writeScratch() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(SCRATCH, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("values");
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const transaction = request.result.transaction("values", "readwrite", { durability: "strict" });
      transaction.objectStore("values").put(Date.now(), "written");
      transaction.oncomplete = () => {
        request.result.close();
        resolve();
      };
      transaction.onabort = () => reject(transaction.error);
    };
  });
}

/**
 * @param {string} name
 * @returns {Promise<void>}
 */
export function deleteDatabase(name) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject({ code: "workspace", message: phrase("workspace.still-open", { name }), hint: "" });
    }, DELETE_WAIT_MS);
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => {
      clearTimeout(timer);
      resolve();
    };
    request.onerror = () => {
      clearTimeout(timer);
      reject(request.error);
    };
  });
}
