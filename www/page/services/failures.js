// Every failure ends here: it is shown, with what can be done about it, and kept in the list of errors.

import { failureOf } from "../../shared/failure.js";
import { phrase } from "../../shared/phrase.js";

/** @type {Record<string, Page.Remedy[]>} */
const REMEDIES = {
  "engine-crashed": ["restart-engine", "download-checkpoint"],
  "worker-error": ["restart-engine"],
  "device-lost": ["restart-engine", "use-cpu"],
  "encoder-needed": ["get-encoder"],
  "storage-full": ["download-checkpoint", "store-again"],
  "storage-failed": ["download-checkpoint", "store-again"],
};

/**
 * @param {Page.Store} store
 * @param {unknown} fault a failure from the engine, or anything thrown
 * @param {Page.Remedy[]} [actions]
 */
export function report(store, fault, actions) {
  const failure = asFailure(fault);
  store.dispatch({ type: "failed", failure, actions: actions ?? REMEDIES[failure.code] ?? [], now_ms: Date.now() });
}

/**
 * @param {unknown} fault
 * @returns {Page.Failure}
 */
export function asFailure(fault) {
  return failureOf(fault, { code: "page-error", hint: phrase("failure.page-hint") });
}

/**
 * Reports errors that nothing has caught.
 * @param {(fault: unknown) => void} onFault
 */
export function watchPage(onFault) {
  addEventListener("error", (event) => {
    // Not a fault: the browser says that it tells of a size in the next frame.
    if (event.error === null && event.message.startsWith("ResizeObserver loop")) return;
    onFault(event.error ?? event.message);
  });
  addEventListener("unhandledrejection", (event) => onFault(event.reason));
  addEventListener("securitypolicyviolation", (event) => {
    const message = phrase("failure.policy", { what: event.blockedURI || phrase("failure.something"), directive: event.violatedDirective });
    onFault({ code: "page-error", message, hint: phrase("failure.page-hint") });
  });
}
