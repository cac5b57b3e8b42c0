// Carries what people ask for from the page's controls to the services.

/**
 * @param {(fault: unknown) => void} onFault
 * @returns {Page.Bus}
 */
export function createBus(onFault) {
  /** @type {Map<string, ((detail: any) => void | Promise<void>)[]>} */
  const handlers = new Map();
  return {
    on(wish, handler) {
      handlers.set(wish, [...(handlers.get(wish) ?? []), handler]);
    },
    emit(wish, detail) {
      for (const handler of handlers.get(wish) ?? []) {
        Promise.resolve()
          .then(() => handler(detail))
          .catch(onFault);
      }
    },
  };
}
