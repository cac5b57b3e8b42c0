// Writes to the database, one after another; while it fails, everything is tried again once in a while.

/** While storing fails, everything is written again at most this often. */
const AGAIN_WAIT_MS = 5000;

/** @typedef {import("../../shared/database.js").Database} Database */

/**
 * @param {Database | null} database null: nothing can be stored
 * @param {(database: Database) => Promise<void>} writeAll
 * @param {{onFailed: (fault: unknown) => void, onWorksAgain: () => void}} listener
 */
export function createWriter(database, writeAll, { onFailed, onWorksAgain }) {
  let failing = false;
  let retrying = false;
  let under_way = 0;
  /** Writes that are scheduled. @type {Set<string>} */
  const scheduled = new Set();

  // The browser asks before closing only while something would be lost.
  addEventListener("beforeunload", (event) => {
    if (under_way > 0 || failing) event.preventDefault();
  });

  /** @param {(database: Database) => Promise<void>} work */
  async function write(work) {
    if (!database) return;
    if (failing) return retrySoon(database);
    try {
      await counted(work(database));
    } catch (fault) {
      // Of several that fail together, one is reported.
      if (!failing) failed(database, fault);
    }
  }

  /** Writes everything because a person wants it; a failure is reported again. */
  async function writeAgain() {
    if (!database) return;
    try {
      await counted(writeAll(database));
      worksAgain();
    } catch (fault) {
      failed(database, fault);
    }
  }

  /** @param {Promise<void>} work */
  async function counted(work) {
    under_way += 1;
    try {
      await work;
    } finally {
      under_way -= 1;
    }
  }

  /**
   * @param {Database} open
   * @param {unknown} fault
   */
  function failed(open, fault) {
    failing = true;
    onFailed(fault);
    retrySoon(open);
  }

  /** @param {Database} open */
  function retrySoon(open) {
    if (retrying) return;
    retrying = true;
    setTimeout(() => {
      retrying = false;
      writeAll(open).then(worksAgain, () => retrySoon(open));
    }, AGAIN_WAIT_MS);
  }

  function worksAgain() {
    if (!failing) return;
    failing = false;
    onWorksAgain();
  }

  /**
   * For what changes many times a second.
   * @param {import("../../shared/database.js").ValueName} name
   * @param {number} wait_ms
   * @param {() => unknown} value called when it is written
   */
  function writeSoon(name, wait_ms, value) {
    if (scheduled.has(name)) return;
    scheduled.add(name);
    setTimeout(() => {
      scheduled.delete(name);
      write((open) => open.setValue(name, value()));
    }, wait_ms);
  }

  return { write, writeSoon, writeAgain, writing: () => under_way };
}
