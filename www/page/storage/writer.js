// Writes to the database, one after another; while it fails, everything is tried again once in a while.

/** While storing fails, everything is written again at most this often. */
const AGAIN_WAIT_MS = 5000;

/** @typedef {import("../../shared/database.js").Database} Database */

export class Writer {
  #database;
  #writeAll;
  #listener;
  #failing = false;
  #retrying = false;
  #underWay = 0;
  /** Writes that are scheduled. @type {Set<string>} */
  #scheduled = new Set();

  /**
   * @param {Database | null} database null: nothing can be stored
   * @param {(database: Database) => Promise<void>} writeAll
   * @param {{onFailed: (fault: unknown) => void, onWorksAgain: () => void}} listener
   */
  constructor(database, writeAll, listener) {
    this.#database = database;
    this.#writeAll = writeAll;
    this.#listener = listener;
    // The browser asks before closing only while something would be lost.
    addEventListener("beforeunload", (event) => {
      if (this.#underWay > 0 || this.#failing) event.preventDefault();
    });
  }

  /** Number of writes that the browser has not finished. */
  get underWay() {
    return this.#underWay;
  }

  /** @param {(database: Database) => Promise<void>} work */
  async write(work) {
    if (!this.#database) return;
    if (this.#failing) return this.#retrySoon(this.#database);
    try {
      await this.#counted(work(this.#database));
    } catch (fault) {
      // Of several that fail together, one is reported.
      if (!this.#failing) this.#failed(this.#database, fault);
    }
  }

  /**
   * For what changes many times a second.
   * @param {import("../../shared/database.js").ValueName} name
   * @param {number} wait_ms
   * @param {() => unknown} value called when it is written
   */
  writeSoon(name, wait_ms, value) {
    if (this.#scheduled.has(name)) return;
    this.#scheduled.add(name);
    setTimeout(() => {
      this.#scheduled.delete(name);
      this.write((open) => open.setValue(name, value()));
    }, wait_ms);
  }

  /** Writes everything because a person wants it; a failure is reported again. */
  async writeAgain() {
    if (!this.#database) return;
    try {
      await this.#counted(this.#writeAll(this.#database));
      this.#worksAgain();
    } catch (fault) {
      this.#failed(this.#database, fault);
    }
  }

  /** @param {Promise<void>} work */
  async #counted(work) {
    this.#underWay += 1;
    try {
      await work;
    } finally {
      this.#underWay -= 1;
    }
  }

  /**
   * @param {Database} database
   * @param {unknown} fault
   */
  #failed(database, fault) {
    this.#failing = true;
    this.#listener.onFailed(fault);
    this.#retrySoon(database);
  }

  /** @param {Database} database */
  #retrySoon(database) {
    if (this.#retrying) return;
    this.#retrying = true;
    setTimeout(() => {
      this.#retrying = false;
      this.#writeAll(database).then(() => this.#worksAgain(), () => this.#retrySoon(database));
    }, AGAIN_WAIT_MS);
  }

  #worksAgain() {
    if (!this.#failing) return;
    this.#failing = false;
    this.#listener.onWorksAgain();
  }
}
