// A workspace's own database in the browser: notes, edits, ledger and named values. The page makes and upgrades it;
// the worker only opens it.

import { phrase } from "./phrase.js";

/** How long opening may take; a database that a crashed tab still has open must not block the page. */
const OPEN_WAIT_MS = 10_000;
/** Before a workspace's name, in the name of its database. */
export const PREFIX = "fedner-";

/** @typedef {"documents" | "edits" | "ledger" | "values"} StoreName */
/** @typedef {"settings" | "labels" | "edits-done" | "progress" | "participations" | "identities" | "masking" | "checkpoint" | "checkpoint-set-aside" | "view" | "comparison" | "learning" | "terms" | "preannotations"} ValueName */
/** @typedef {{store: Exclude<StoreName, "values">, put: object[], remove?: IDBValidKey[]}} Entries */

/**
 * What makes a database of the present version from an older one, or from none (0).
 * @typedef {{version: number, upgrade: (database: IDBDatabase, transaction: IDBTransaction, from: number) => void}} Upgrade
 */

/**
 * Opens the database of a workspace.
 * @param {string} workspace
 * @param {Upgrade | null} upgrade null: it is opened as it is, and an error if there is none
 * @returns {Promise<Database>}
 */
export function openDatabase(workspace, upgrade) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("The browser's database did not open in time.")), OPEN_WAIT_MS);
    const request = indexedDB.open(PREFIX + workspace, upgrade?.version);
    request.onupgradeneeded = ({ oldVersion }) => {
      const { transaction } = request;
      if (upgrade && transaction) upgrade.upgrade(request.result, transaction, oldVersion);
      else transaction?.abort();
    };
    request.onerror = () => {
      clearTimeout(timer);
      reject(request.error ?? new Error("The browser's database could not be opened."));
    };
    request.onsuccess = () => {
      clearTimeout(timer);
      resolve(new Database(request.result));
    };
  });
}

/** The workspaces this browser has stored for this page. */
export async function storedWorkspaces() {
  // Not every browser can list its databases; then only the open workspace is offered.
  if (!("databases" in indexedDB)) return [];
  const databases = await indexedDB.databases();
  return databases.flatMap(({ name }) => (name?.startsWith(PREFIX) ? [name.slice(PREFIX.length)] : [])).sort();
}

/** One open database. Every method rejects with the browser's own error, such as QuotaExceededError. */
export class Database {
  /** @param {IDBDatabase} connection */
  constructor(connection) {
    this.connection = connection;
    // Another tab can delete or upgrade the database only when this connection is closed.
    connection.onversionchange = () => connection.close();
  }

  /**
   * @param {StoreName} store
   * @returns {Promise<any[]>}
   */
  all(store) {
    return this.#read(store, (objects) => objects.getAll());
  }

  /**
   * @param {ValueName} name
   * @returns {Promise<any>}
   */
  value(name) {
    return this.#read("values", (objects) => objects.get(name));
  }

  /**
   * All named values.
   * @returns {Promise<Record<string, unknown>>}
   */
  async values() {
    const names = await this.#read("values", (objects) => objects.getAllKeys());
    const all = await this.all("values");
    return Object.fromEntries(all.map((value, i) => [names[i], value]));
  }

  /**
   * @param {ValueName} name
   * @param {unknown} value
   */
  setValue(name, value) {
    return this.change([], { [name]: value });
  }

  /**
   * Puts and removes entries, and sets values, in one transaction: all or nothing.
   * @param {Entries[]} changes
   * @param {Partial<Record<ValueName, unknown>>} [values]
   * @returns {Promise<void>}
   */
  change(changes, values = {}) {
    return new Promise((resolve, reject) => {
      const stores = new Set([...changes.map(({ store }) => store), "values"]);
      const transaction = this.connection.transaction(stores, "readwrite", { durability: "strict" });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new DOMException("Storing was stopped.", "AbortError"));
      transaction.onerror = () => {};
      try {
        for (const { store, put, remove = [] } of changes) {
          const objects = transaction.objectStore(store);
          for (const entry of put) objects.put(entry);
          for (const key of remove) objects.delete(key);
        }
        for (const [name, value] of Object.entries(values)) transaction.objectStore("values").put(value, name);
        // Committed at once: it is carried out even if the tab is closed now.
        transaction.commit();
      } catch (fault) {
        transaction.abort();
        reject(fault);
      }
    });
  }

  close() {
    this.connection.close();
  }

  /**
   * @param {StoreName} store
   * @param {(objects: IDBObjectStore) => IDBRequest} ask
   * @returns {Promise<any>}
   */
  #read(store, ask) {
    return new Promise((resolve, reject) => {
      const request = ask(this.connection.transaction(store, "readonly").objectStore(store));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }
}

/**
 * A storage error as a failure that says what to do.
 * @param {unknown} fault
 * @returns {Page.Failure}
 */
export function storageFailure(fault) {
  const name = fault instanceof DOMException ? fault.name : "";
  const detail = fault instanceof Error ? fault.message : String(fault);
  if (name === "QuotaExceededError") {
    return {
      code: "storage-full",
      message: phrase("storage.full"),
      hint: phrase("storage.full-hint"),
    };
  }
  return {
    code: "storage-failed",
    message: phrase("storage.failed", { detail: detail || name || phrase("storage.failed-unknown") }),
    hint: phrase("storage.failed-hint"),
  };
}
