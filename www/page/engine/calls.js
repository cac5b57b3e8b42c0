// The calls that a worker has not answered yet, by their numbers.

export function createCalls() {
  /** @type {Map<number, {resolve: (result: any) => void, reject: (failure: Page.Failure) => void}>} */
  const open = new Map();
  /** @type {(() => void)[]} */
  let waiting = [];
  let last_id = 0;

  function lookAgain() {
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  }

  /** @param {number} id */
  function taken(id) {
    const call = open.get(id);
    open.delete(id);
    return call;
  }

  return {
    open: () => open.size,

    /**
     * @param {(id: number) => void} ask
     * @returns {Promise<any>}
     */
    add(ask) {
      last_id += 1;
      const id = last_id;
      return new Promise((resolve, reject) => {
        open.set(id, { resolve, reject });
        ask(id);
      });
    },

    /** @param {number} id @param {unknown} result */
    answer(id, result) {
      taken(id)?.resolve(result);
      if (open.size === 0) lookAgain();
    },

    /** @param {number} id @param {Page.Failure} failure */
    fail(id, failure) {
      taken(id)?.reject(failure);
      if (open.size === 0) lookAgain();
    },

    /** @param {Page.Failure} failure */
    failAll(failure) {
      const calls = [...open.values()];
      open.clear();
      for (const { reject } of calls) reject(failure);
      lookAgain();
    },

    lookAgain,

    /** Resolves at the next `lookAgain`, or when no call is open any more. */
    change: () => new Promise((resolve) => waiting.push(() => resolve(null))),
  };
}
