// What the page keeps of its own files, so that it opens without its server.

/** The cache of the wasm modules that this browser uses. Their addresses name their content. */
const MODULES = "fedner-modules";

/**
 * Keeps a module and its script, and forgets those of earlier versions. Does nothing where the browser can't keep files.
 * @param {string} script the address of the module's script, which lies beside the module
 * @param {string[]} present the addresses of the scripts that this version of the page has
 */
export async function keepModule(script, present) {
  if (!("caches" in globalThis)) return;
  const folder = (/** @type {string} */ address) => address.slice(0, address.lastIndexOf("/") + 1);
  const folders = present.map(folder);
  try {
    const cache = await caches.open(MODULES);
    for (const { url } of await cache.keys()) if (!folders.includes(folder(url))) await cache.delete(url);
    if (await cache.match(script, { ignoreVary: true })) return;
    await cache.addAll([script, script.replace(/\.js$/, "_bg.wasm")]);
  } catch {
    // No room: the page works, but needs its server to open.
  }
}
