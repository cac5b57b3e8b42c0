// One tab a workspace: the first one works, others only show.

import { createLease, keepLease, openLeaseStore, waitForLease } from "./lease.js";

/** How long to wait for a tab that is just being closed or reloaded, before looking who has the lock. */
const HANDOVER_WAIT_MS = 750;
/** How often in a row the lock must be seen held: on a busy machine our own request may be answered late. */
const LOOKS = 2;
/** Random bytes of a tab's name. */
const NAME_BYTES = 16;

/**
 * `free` resolves when another tab has let go; `lost` when another tab has taken over from this one.
 * @typedef {{held: boolean, free: Promise<void>, lost: Promise<void>}} WorkspaceLock
 */

/** @type {Promise<never>} */
const NEVER = new Promise(() => {});

/**
 * Takes the workspace's lock for as long as the tab lives.
 * @param {string} workspace
 * @returns {Promise<WorkspaceLock>}
 */
export function lockWorkspace(workspace) {
  return navigator.locks ? webLock(navigator.locks, `fedner-${workspace}`) : leaseLock(workspace);
}

/**
 * @param {LockManager} locks
 * @param {string} name
 * @returns {Promise<WorkspaceLock>}
 */
async function webLock(locks, name) {
  /** @type {Promise<void>} */
  const ours = new Promise((resolve, reject) => {
    locks.request(name, () => {
      resolve();
      return NEVER;
    }).catch(reject);
  });
  for (let taken = 0; taken < LOOKS; ) {
    if (await comesWithin(ours, HANDOVER_WAIT_MS)) return { held: true, free: NEVER, lost: NEVER };
    const { held } = await locks.query();
    taken = held?.some((lock) => lock.name === name) ? taken + 1 : 0;
  }
  return { held: false, free: ours, lost: NEVER };
}

/**
 * @param {string} workspace
 * @returns {Promise<WorkspaceLock>}
 */
async function leaseLock(workspace) {
  const store = await openLeaseStore(workspace).catch(() => null);
  // A browser that stores nothing has nothing that two tabs could both write.
  if (!store) return { held: true, free: NEVER, lost: NEVER };
  const lease = createLease(store, tabName());
  for (let looked = 0; looked <= LOOKS; looked += 1) {
    if (looked > 0) await new Promise((resolve) => setTimeout(resolve, HANDOVER_WAIT_MS));
    if (await lease.take().catch(() => false)) return { held: true, free: NEVER, lost: keepLease(lease) };
  }
  return { held: false, free: waitForLease(lease).then(() => void keepLease(lease)), lost: NEVER };
}

function tabName() {
  return Array.from(crypto.getRandomValues(new Uint8Array(NAME_BYTES)), (byte) => byte.toString(16)).join("-");
}

/**
 * @param {Promise<void>} promise
 * @param {number} ms
 * @returns {Promise<boolean>} whether it resolved in time
 */
function comesWithin(promise, ms) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => resolve(false), ms);
    promise.then(() => resolve(true), reject).finally(() => clearTimeout(late));
  });
}
