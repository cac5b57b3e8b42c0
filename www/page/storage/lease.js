// One tab a workspace where the browser has no Web Locks (a page without HTTPS): a lease that the working tab renews.

/** How long a lease lasts. Longer than browsers delay the timers of a hidden tab, which is up to a minute. */
export const LEASE_MS = 90_000;
/** How often the working tab renews its lease, and how often a waiting tab looks for a free one. */
export const RENEW_MS = 15_000;
export const LOOK_MS = 2_000;

/**
 * `until_ms` by the clock of this computer, which all its tabs share.
 * @typedef {{owner: string, until_ms: number}} Lease
 */
/**
 * The stored lease of a workspace. `exchange`: `change` gives the new one for the one that is there, in one transaction.
 * `remove` does not look first, so that a page that is being closed can still do it.
 * @typedef {{
 *   exchange: (change: (lease: Lease | undefined) => Lease) => Promise<Lease>,
 *   remove: () => void,
 * }} LeaseStore
 */

/**
 * @param {LeaseStore} store
 * @param {string} owner a name that no other tab has
 */
export function createLease(store, owner) {
  const mine = (/** @type {Lease | undefined} */ lease) => lease?.owner === owner;
  /** Until then it is surely this tab's. */
  let held_until_ms = 0;
  return {
    /** Takes or renews the lease, unless another tab has one that still lasts. */
    async take() {
      const now_ms = Date.now();
      const lease = await store.exchange((known) => {
        const free = known === undefined || mine(known) || known.until_ms <= now_ms;
        return free ? { owner, until_ms: now_ms + LEASE_MS } : known;
      });
      held_until_ms = mine(lease) ? lease.until_ms : 0;
      return mine(lease);
    },
    release() {
      if (Date.now() < held_until_ms) store.remove();
      held_until_ms = 0;
    },
  };
}

/**
 * Keeps a lease that was taken.
 * @param {{take: () => Promise<boolean>, release: () => void}} lease
 * @returns {Promise<void>} resolves when another tab has the lease: this one was suspended for too long
 */
export function keepLease(lease) {
  return new Promise((resolve) => {
    const timer = setInterval(async () => {
      // A database that fails for a moment is asked again at the next time.
      if (await lease.take().catch(() => true)) return;
      clearInterval(timer);
      resolve();
    }, RENEW_MS);
    addEventListener("pagehide", () => {
      clearInterval(timer);
      lease.release();
    });
  });
}

/**
 * @param {{take: () => Promise<boolean>}} lease
 * @returns {Promise<void>} resolves once it was free and this tab has taken it
 */
export function waitForLease(lease) {
  return new Promise((resolve) => {
    const timer = setInterval(async () => {
      if (!(await lease.take().catch(() => false))) return;
      clearInterval(timer);
      resolve();
    }, LOOK_MS);
  });
}

/** The database of the leases; its name is none of a workspace's. */
const DATABASE = "fedner.leases";
const STORE = "leases";

/**
 * @param {string} workspace
 * @returns {Promise<LeaseStore>}
 */
export async function openLeaseStore(workspace) {
  /** @type {IDBDatabase} */
  const database = await new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return {
    exchange: (change) =>
      new Promise((resolve, reject) => {
        const transaction = database.transaction(STORE, "readwrite");
        const leases = transaction.objectStore(STORE);
        const read = leases.get(workspace);
        read.onsuccess = () => {
          const lease = change(read.result);
          leases.put(lease, workspace);
          transaction.oncomplete = () => resolve(lease);
        };
        transaction.onabort = () => reject(transaction.error);
      }),
    remove() {
      const transaction = database.transaction(STORE, "readwrite");
      transaction.objectStore(STORE).delete(workspace);
      // Committed at once: it is carried out even if the tab is closed now.
      transaction.commit();
    },
  };
}
