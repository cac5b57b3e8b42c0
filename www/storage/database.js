// A workspace's own database in the browser: notes, ledger and named values. Used by the page and by the worker.

/** How long opening may take; a database that a crashed tab holds on to must not stop the page. */
const OPEN_WAIT_MS = 10_000;
const VERSION = 1;
const PREFIX = "fedner-";

/** @typedef {"documents" | "ledger" | "values"} StoreName */
/** @typedef {"settings" | "progress" | "participations" | "checkpoint" | "checkpoint-set-aside" | "view"} ValueName */

/**
 * Opens the database of a workspace.
 * @param {string} workspace
 * @returns {Promise<Database>}
 */
export function openDatabase(workspace) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("The browser's database did not open in time.")), OPEN_WAIT_MS);
    const request = indexedDB.open(PREFIX + workspace, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("documents", { keyPath: "id" });
      request.result.createObjectStore("ledger", { keyPath: "key" });
      request.result.createObjectStore("values");
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
    // Another tab may delete or upgrade the database only when this one lets go.
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
   * @param {ValueName} name
   * @param {unknown} value
   */
  setValue(name, value) {
    return this.#write("values", (objects) => objects.put(value, name));
  }

  /**
   * Puts and removes entries in one transaction: all or nothing.
   * @param {"documents" | "ledger"} store
   * @param {object[]} put
   * @param {string[]} [remove]
   */
  change(store, put, remove = []) {
    return this.#write(store, (objects) => {
      for (const entry of put) objects.put(entry);
      for (const key of remove) objects.delete(key);
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

  /**
   * @param {StoreName} store
   * @param {(objects: IDBObjectStore) => void} work
   * @returns {Promise<void>}
   */
  #write(store, work) {
    return new Promise((resolve, reject) => {
      const transaction = this.connection.transaction(store, "readwrite", { durability: "strict" });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new DOMException("Storing was stopped.", "AbortError"));
      transaction.onerror = () => {};
      try {
        work(transaction.objectStore(store));
        // Handed over whole and at once: it is carried out also when the tab is closed now.
        transaction.commit();
      } catch (fault) {
        transaction.abort();
        reject(fault);
      }
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
      message: "There is no room left to store this workspace. Work goes on in memory.",
      hint: "Download the model now. Then free some disk space, or remove notes or another site’s data, and store again.",
    };
  }
  return {
    code: "storage-failed",
    message: `This workspace could not be stored: ${detail || name || "unknown error"}. Work goes on in memory.`,
    hint: "Download the model before you close this tab, then try to store again. Private windows often can’t store.",
  };
}
