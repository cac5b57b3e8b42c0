// One tab a workspace: the first one works, others only show.

/** How long to wait for a tab that is just being closed or reloaded. */
const HANDOVER_WAIT_MS = 1500;

/**
 * Takes the workspace's lock for as long as the tab lives.
 * @param {string} workspace
 * @returns {Promise<{held: boolean, free: Promise<void>}>} `free` resolves when another tab has let go
 */
export async function takeWorkspace(workspace) {
  const name = `fedner-${workspace}`;
  // Without locks (an insecure origin) there is nothing to ask; one tab is the usual case.
  if (!navigator.locks) return { held: true, free: new Promise(() => {}) };
  const held = await request(name, AbortSignal.timeout(HANDOVER_WAIT_MS));
  if (held) return { held, free: new Promise(() => {}) };
  return { held, free: request(name, null).then(() => {}) };
}

/**
 * @param {string} name
 * @param {AbortSignal | null} signal
 * @returns {Promise<boolean>}
 */
function request(name, signal) {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(name, signal ? { signal } : {}, () => {
        resolve(true);
        return new Promise(() => {});
      })
      .catch((fault) => (signal?.aborted ? resolve(false) : reject(fault)));
  });
}
