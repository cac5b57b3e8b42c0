// What went wrong, as the page shows it: with a code and what to do about it.

import { isPhrase } from "./phrase.js";

/**
 * @param {unknown} fault a failure, or anything that was thrown
 * @param {{code: string, hint: Page.Said}} otherwise the code and hint of what is no failure
 * @returns {Page.Failure}
 */
export function failureOf(fault, otherwise) {
  if (isFailure(fault)) {
    const { code, message, hint = "", encoder } = fault;
    return encoder ? { code, message, hint, encoder } : { code, message, hint };
  }
  const message = fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault);
  return { ...otherwise, message };
}

/**
 * @param {any} fault a DOMException has a code, too, but a number
 * @returns {fault is Page.Failure}
 */
function isFailure(fault) {
  return typeof fault?.code === "string" && (typeof fault.message === "string" || Array.isArray(fault.message) || isPhrase(fault.message)) && !(fault instanceof Error);
}
