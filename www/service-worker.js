// Lets the page open without its server. It keeps the files of one version of the page, all of them or none, and answers
// for the page's start and for what never changes under its name. Everything else, such as a federation's requests, goes
// to the network as if this were not there. Another version waits until the person takes it.
//
// The page's build puts `const PAGE = { version, files }` before this.

/** @typedef {{version: string, files: string[]}} Page the addresses of the files, seen from here */

{
  const worker = /** @type {any} */ (self);
  /** @type {Page} */
  // @ts-ignore: put before this text by the page's build
  const page = PAGE;
  const PREFIX = "fedner-page-";
  const own = PREFIX + page.version;
  const start = new URL("./", location.href);
  const immutable = new URL("./immutable/", location.href);

  worker.addEventListener("install", (/** @type {any} */ event) => {
    // The start must be this version's, not one that the browser keeps; the rest never changes under its name.
    const files = [new Request(start, { cache: "reload" }), ...page.files.map((file) => new URL(file, start).href)];
    event.waitUntil(caches.open(own).then((cache) => cache.addAll(files)));
  });

  worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(activated()));
  async function activated() {
    await worker.clients.claim();
    // Another tab may still show an earlier version and need its files.
    const tabs = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
    if (tabs.length > 1) return;
    const earlier = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== own);
    await Promise.all(earlier.map((name) => caches.delete(name)));
  }

  worker.addEventListener("message", (/** @type {any} */ { data }) => {
    if (data === "take-over") worker.skipWaiting();
  });

  worker.addEventListener("fetch", (/** @type {any} */ event) => {
    const { request } = event;
    if (request.method !== "GET") return;
    const url = new URL(request.url);
    if (request.mode === "navigate" && url.origin === start.origin && url.pathname === start.pathname) {
      event.respondWith(caches.open(own).then(async (cache) => (await cache.match(start)) ?? fetch(request)));
    } else if (url.href.startsWith(immutable.href)) event.respondWith(fromCache(request));
  });

  /** @param {Request} request */
  async function fromCache(request) {
    return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
  }
}
