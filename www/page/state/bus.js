// Carries what people ask for from the page's controls to the services.

/**
 * @param {(fault: unknown) => void} onFault
 * @returns {Page.Bus}
 */
export function createBus(onFault) {
  /** @type {Map<string, ((detail: any) => void | Promise<void>)[]>} */
  const handlers = new Map();
  return {
    on(command, handler) {
      handlers.set(command, [...(handlers.get(command) ?? []), handler]);
    },
    emit(command, detail) {
      for (const handler of handlers.get(command) ?? []) {
        Promise.resolve()
          .then(() => handler(detail))
          .catch(onFault);
      }
    },
  };
}
