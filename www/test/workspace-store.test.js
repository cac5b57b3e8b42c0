import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { newNote } from "../page/state/edit/note.js";
import { reduce } from "../page/state/reduce.js";
import { initialState } from "../page/state/state.js";
import { createStore } from "../page/state/store.js";
import { WorkspaceStore } from "../page/storage/workspace-store.js";

// Nothing is tried again by itself in these tests.
mock.timers.enable({ apis: ["setTimeout"] });
globalThis.addEventListener ??= () => {};
globalThis.requestAnimationFrame = () => 0;
globalThis.cancelAnimationFrame = () => {};

const note = (id) => newNote({ id, file: "f", name: id, text: id, entities: [], labelled: true, split: "training" });

/** A database that keeps what it is given, unless it is set to fail. */
function fakeDatabase() {
  const stores = { documents: new Map(), edits: new Map(), ledger: new Map() };
  const database = {
    stores,
    full: false,
    async change(changes) {
      if (database.full) throw new DOMException("full", "QuotaExceededError");
      for (const { store, put, remove = [] } of changes) {
        for (const entry of put) stores[store].set(entry.id ?? entry.key, entry);
        for (const key of remove) stores[store].delete(key);
      }
    },
    setValue: (name, value) => database.change([], { [name]: value }),
    all: async (store) => [...stores[store].values()],
  };
  return database;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

async function opened() {
  const database = fakeDatabase();
  const store = createStore(initialState("main"), reduce, assert.fail);
  const workspace = new WorkspaceStore(store, database, {});
  store.dispatch({ type: "notes-added", notes: [note("a"), note("b")] });
  await settled();
  const ids = () => [...database.stores.documents.keys()].sort();
  return { database, store, workspace, ids };
}

test("a retry writes everything, and removes only what was removed here", async () => {
  const { database, store, workspace, ids } = await opened();
  // By another tab, where the browser has no locks.
  database.stores.documents.set("other", note("other"));
  database.full = true;
  store.dispatch({ type: "edit", edit: { kind: "notes-remove", notes: ["a"] } });
  store.dispatch({ type: "notes-added", notes: [note("c")] });
  await settled();
  assert.equal(store.get().notes_unstored, true);
  assert.deepEqual(ids(), ["a", "b", "other"]);
  database.full = false;
  await workspace.again();
  assert.deepEqual(ids(), ["b", "c", "other"]);
  assert.equal(store.get().notes_unstored, false);
});

test("what was removed while storing failed and then came back is stored", async () => {
  const { database, store, workspace, ids } = await opened();
  database.full = true;
  store.dispatch({ type: "edit", edit: { kind: "notes-remove", notes: ["a"] } });
  store.dispatch({ type: "undo" });
  await settled();
  database.full = false;
  await workspace.again();
  assert.deepEqual(ids(), ["a", "b"]);
});

test("several writes that fail are reported once", async () => {
  const { database, store } = await opened();
  database.full = true;
  store.dispatch({ type: "edit", edit: { kind: "notes-remove", notes: ["a"] } });
  store.dispatch({ type: "settings-changed", settings: { epochs: 9 } });
  await settled();
  assert.deepEqual(store.get().messages.map(({ code }) => code), ["storage-full"]);
});
