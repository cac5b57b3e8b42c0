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
 * The stored lease of a workspace. `change` gives the new one for the one that is there; undefined: none. Both happen
 * in one transaction.
 * @typedef {(change: (lease: Lease | undefined) => Lease | undefined) => Promise<Lease | undefined>} LeaseStore
 */

/**
 * @param {LeaseStore} store
 * @param {string} owner a name that no other tab has
 */
export function createLease(store, owner) {
  const mine = (/** @type {Lease | undefined} */ lease) => lease?.owner === owner;
  return {
    /** Takes or renews the lease, unless another tab has one that still lasts. */
    async take() {
      const now_ms = Date.now();
      const lease = await store((known) => {
        const free = known === undefined || mine(known) || known.until_ms <= now_ms;
        return free ? { owner, until_ms: now_ms + LEASE_MS } : known;
      });
      return mine(lease);
    },
    async release() {
      await store((known) => (mine(known) ? undefined : known));
    },
  };
}

/**
 * Keeps a lease that was taken.
 * @param {{take: () => Promise<boolean>, release: () => Promise<void>}} lease
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
      lease.release().catch(() => {});
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
  return (change) =>
    new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, "readwrite");
      const leases = transaction.objectStore(STORE);
      const read = leases.get(workspace);
      /** @type {Lease | undefined} */
      let lease;
      read.onsuccess = () => {
        lease = change(read.result);
        if (lease) leases.put(lease, workspace);
        else leases.delete(workspace);
        transaction.commit();
      };
      transaction.oncomplete = () => resolve(lease);
      transaction.onabort = () => reject(transaction.error);
    });
}
