// Holds the state; calls listeners at once and drawings once a frame.

/** A drawing waits at most this long, also in a hidden tab, where no frames are drawn. */
const DRAW_WAIT_MS = 200;

/**
 * @param {Page.State} initial
 * @param {(state: Page.State, action: Page.Action) => Page.State} reduce
 * @param {(fault: unknown) => void} onFault
 * @returns {Page.Store}
 */
export function createStore(initial, reduce, onFault) {
  let state = initial;
  /** @type {Set<(state: Page.State, before: Page.State) => void>} */
  const listeners = new Set();
  /** @type {((state: Page.State) => void)[]} */
  const drawings = [];
  const schedule = oncePerFrame(() => drawings.forEach((draw) => guarded(() => draw(state))));

  /** @param {() => void} work */
  function guarded(work) {
    // One listener that fails must not keep the others from being called.
    try {
      work();
    } catch (fault) {
      onFault(fault);
    }
  }

  return {
    get: () => state,
    dispatch(action) {
      const before = state;
      state = reduce(state, action);
      if (state === before) return;
      for (const listener of listeners) guarded(() => listener(state, before));
      schedule();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    draw(listener) {
      drawings.push(listener);
      guarded(() => listener(state));
    },
  };
}

/** @param {() => void} work */
function oncePerFrame(work) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    const run = () => {
      if (!waiting) return;
      waiting = false;
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      work();
    };
    const frame = requestAnimationFrame(run);
    const timer = setTimeout(run, DRAW_WAIT_MS);
  };
}
