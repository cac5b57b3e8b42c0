// One tab a workspace: the first one works, others only show.

/** How long to wait for a tab that is just being closed or reloaded, before looking who has the lock. */
const HANDOVER_WAIT_MS = 750;
/** How often in a row the lock must be seen held: on a busy machine our own request may be answered late. */
const LOOKS = 2;

/**
 * Takes the workspace's lock for as long as the tab lives.
 * @param {string} workspace
 * @returns {Promise<{held: boolean, free: Promise<void>}>} `free` resolves when another tab has let go
 */
export async function lockWorkspace(workspace) {
  const never = new Promise(() => {});
  // Without locks (an insecure origin) there is nothing to ask; one tab is the usual case.
  if (!navigator.locks) return { held: true, free: never };
  const name = `fedner-${workspace}`;
  /** @type {Promise<void>} */
  const ours = new Promise((resolve, reject) => {
    navigator.locks.request(name, () => {
      resolve();
      return never;
    }).catch(reject);
  });
  for (let taken = 0; taken < LOOKS; ) {
    if (await comesWithin(ours, HANDOVER_WAIT_MS)) return { held: true, free: never };
    const { held } = await navigator.locks.query();
    taken = held?.some((lock) => lock.name === name) ? taken + 1 : 0;
  }
  return { held: false, free: ours };
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
