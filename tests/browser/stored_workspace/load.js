// Stores what dump.js has returned, in a profile in which the page was never open.

const [workspace, dump] = args;

async function decoded(value) {
  if (Array.isArray(value)) return Promise.all(value.map(decoded));
  if (value === null || typeof value !== "object") return value;
  if ("$bytes" in value) return Uint8Array.from(atob(value.$bytes), (character) => character.charCodeAt(0));
  if ("$key" in value) {
    // The recorded private key is not in the dump; any other of its kind is stored alike.
    const pair = await crypto.subtle.generateKey({ name: value.$key, namedCurve: "P-256" }, false, ["sign", "verify"]);
    return pair.privateKey;
  }
  const parts = Object.entries(value).map(async ([name, part]) => [name, await decoded(part)]);
  return Object.fromEntries(await Promise.all(parts));
}

const stores = await Promise.all(
  Object.entries(dump.stores).map(async ([name, { keyPath, entries }]) => {
    const ready = await Promise.all(entries.map(async ([key, value]) => [key, await decoded(value)]));
    return { name, keyPath, entries: ready };
  }),
);
await new Promise((resolve, reject) => {
  const request = indexedDB.open(`fedner-${workspace}`, dump.version);
  request.onerror = () => reject(request.error);
  request.onupgradeneeded = () => {
    for (const { name, keyPath, entries } of stores) {
      const store = request.result.createObjectStore(name, keyPath === null ? {} : { keyPath });
      for (const [key, value] of entries) keyPath === null ? store.put(value, key) : store.put(value);
    }
  };
  request.onsuccess = () => {
    request.result.close();
    resolve();
  };
});
for (const [name, text] of Object.entries(dump.local_storage)) localStorage.setItem(name, text);
return null;
