// Returns everything that this origin has stored for a workspace, as JSON. Bytes are base64; a key, which the browser
// gives to nobody, is only named.

const [workspace] = args;

function encoded(value) {
  if (value instanceof CryptoKey) return { $key: value.algorithm.name };
  if (ArrayBuffer.isView(value)) {
    return { $bytes: btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join("")) };
  }
  if (Array.isArray(value)) return value.map(encoded);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, encoded(part)]));
}

function finished(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

const database = await finished(indexedDB.open(`fedner-${workspace}`));
const reading = database.transaction([...database.objectStoreNames]);
const stores = {};
for (const name of database.objectStoreNames) {
  const store = reading.objectStore(name);
  const [keys, values] = await Promise.all([finished(store.getAllKeys()), finished(store.getAll())]);
  stores[name] = { keyPath: store.keyPath, entries: keys.map((key, i) => [key, encoded(values[i])]) };
}
const { version } = database;
database.close();
const files = [];
for await (const name of (await navigator.storage.getDirectory()).keys()) files.push(name);
if (files.length > 0) throw new Error(`files of the origin are not in the dump: ${files}`);
return { version, stores, local_storage: { ...localStorage } };
