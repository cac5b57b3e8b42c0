// The life cycle of the engine's worker: one state, and one pure function that says what follows from what happens.
//
//   off ──start──▶ starting ──started──▶ up ──change──▶ changing ──handed-over──▶ starting (the worker for the GPU)
//                     │                   └──crashed──▶ dying ◀──crashed──┘
//                     └──crashed, start-failed──▶ off ◀──rescued──┘
//
// "start" leads to "starting" from everywhere. A worker that a new state no longer names is to be ended.

/**
 * `given`: the checkpoint that the worker was started with, which is the newest one until the worker hands over another.
 * `gpu`: a worker that is ready to take over, or will be.
 * @template W
 * @typedef {{phase: "off", checkpoint: Uint8Array | null}
 *   | {phase: "starting", worker: W, given: Uint8Array | null}
 *   | {phase: "up", worker: W, given: Uint8Array | null, gpu: W | null}
 *   | {phase: "changing", worker: W, given: Uint8Array | null, gpu: W}
 *   | {phase: "dying", worker: W, given: Uint8Array | null}} Life
 */

/**
 * @template W
 * @typedef {{type: "start", worker: W, given: Uint8Array | null}
 *   | {type: "started", worker: W}
 *   | {type: "start-failed", worker: W}
 *   | {type: "gpu-prepared", gpu: W}
 *   | {type: "gpu-gone", gpu: W}
 *   | {type: "change", gpu: W}
 *   | {type: "handed-over", worker: W, checkpoint: Uint8Array | null}
 *   | {type: "crashed", worker: W}
 *   | {type: "rescued", worker: W, checkpoint: Uint8Array | null}} LifeEvent
 */

/**
 * @template W
 * @param {Life<W>} life
 * @param {LifeEvent<W>} event
 * @returns {Life<W>} the same object where the event is about something that is over
 */
export function transition(life, event) {
  if (event.type === "start") return { phase: "starting", worker: event.worker, given: event.given };
  if ("worker" in event && (life.phase === "off" || life.worker !== event.worker)) return life;
  switch (life.phase) {
    case "off":
      return life;
    case "starting":
      return starting(life, event);
    case "up":
      return up(life, event);
    case "changing":
      return changing(life, event);
    case "dying":
      return event.type === "rescued" ? { phase: "off", checkpoint: event.checkpoint ?? life.given } : life;
  }
}

/**
 * @template W
 * @param {Extract<Life<W>, {phase: "starting"}>} life
 * @param {LifeEvent<W>} event
 * @returns {Life<W>}
 */
function starting(life, event) {
  const { worker, given } = life;
  switch (event.type) {
    case "started":
      return { phase: "up", worker, given, gpu: null };
    // It has nothing to hand over yet.
    case "start-failed":
    case "crashed":
      return { phase: "off", checkpoint: given };
    default:
      return life;
  }
}

/**
 * @template W
 * @param {Extract<Life<W>, {phase: "up"}>} life
 * @param {LifeEvent<W>} event
 * @returns {Life<W>}
 */
function up(life, event) {
  const { worker, given, gpu } = life;
  switch (event.type) {
    case "gpu-prepared":
      return { ...life, gpu: event.gpu };
    case "gpu-gone":
      return event.gpu === gpu ? { ...life, gpu: null } : life;
    case "change":
      return event.gpu === gpu ? { phase: "changing", worker, given, gpu: event.gpu } : life;
    case "crashed":
      return { phase: "dying", worker, given };
    default:
      return life;
  }
}

/**
 * @template W
 * @param {Extract<Life<W>, {phase: "changing"}>} life
 * @param {LifeEvent<W>} event
 * @returns {Life<W>}
 */
function changing(life, event) {
  const { worker, given, gpu } = life;
  switch (event.type) {
    case "handed-over":
      return { phase: "starting", worker: gpu, given: event.checkpoint ?? given };
    case "gpu-gone":
      return event.gpu === gpu ? { phase: "up", worker, given, gpu: null } : life;
    case "crashed":
      return { phase: "dying", worker, given };
    default:
      return life;
  }
}

/**
 * The workers that live in a state.
 * @template W
 * @param {Life<W>} life
 * @returns {W[]}
 */
export function workersOf(life) {
  const worker = life.phase === "off" ? [] : [life.worker];
  const gpu = "gpu" in life && life.gpu !== null ? [life.gpu] : [];
  return [...worker, ...gpu];
}

/**
 * Whether calls wait: the worker they should go to has not started yet.
 * @param {Life<unknown>} life
 */
export function callsWait({ phase }) {
  return phase === "starting" || phase === "changing";
}
