// The page's own files: kept, so that it opens without its server, and a newer version offered once it is here.

/**
 * @param {Page.Context} context
 */
export function versionService({ store, bus }) {
  const { serviceWorker } = navigator;
  // Not in a page without HTTPS, nor in some private windows.
  if (!serviceWorker) return;
  /** @type {ServiceWorker | null} */
  let waiting = null;
  let asked = false;

  /** @param {ServiceWorkerRegistration} registration */
  function offer({ waiting: found }) {
    // The very first one replaces nothing.
    if (!found || !serviceWorker.controller) return;
    waiting = found;
    store.dispatch({ type: "version-found" });
  }
  bus.on("take-version", () => {
    asked = true;
    waiting?.postMessage("take-over");
  });
  serviceWorker.addEventListener("controllerchange", () => {
    // Only this tab, and only when it was asked for: another one may be training.
    if (asked) location.reload();
  });
  serviceWorker.register(new URL("service-worker.js", document.baseURI)).then(
    (registration) => {
      offer(registration);
      registration.addEventListener("updatefound", () => {
        const { installing } = registration;
        installing?.addEventListener("statechange", () => {
          if (installing.state === "installed") offer(registration);
        });
      });
    },
    // The browser stores nothing here, or the server is away: the page works without.
    () => {},
  );
}
