// What went wrong, as the page shows it: with a code and what to do about it.

/**
 * @param {unknown} fault a failure, or anything that was thrown
 * @param {{code: string, hint: string}} otherwise the code and hint of what is no failure
 * @returns {Page.Failure}
 */
export function failureOf(fault, otherwise) {
  if (isFailure(fault)) return { code: fault.code, message: fault.message, hint: fault.hint ?? "" };
  const message = fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault);
  return { ...otherwise, message };
}

/**
 * @param {any} fault a DOMException has a code, too, but a number
 * @returns {fault is Page.Failure}
 */
function isFailure(fault) {
  return typeof fault?.code === "string" && typeof fault.message === "string" && !(fault instanceof Error);
}
