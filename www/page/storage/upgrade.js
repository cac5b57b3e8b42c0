// The versions of a workspace's database, each made from the one before.

import { upgraded, withFields } from "../state/edit/note.js";

/** @type {import("../../shared/database.js").Upgrade} */
export const UPGRADE = { version: 3, upgrade };

/**
 * @param {IDBDatabase} database
 * @param {IDBTransaction} transaction the upgrade's own
 * @param {number} from 0: there is no database yet
 */
function upgrade(database, transaction, from) {
  if (from < 1) {
    database.createObjectStore("documents", { keyPath: "id" });
    database.createObjectStore("ledger", { keyPath: "key" });
    database.createObjectStore("values");
  }
  if (from < 2) {
    database.createObjectStore("edits", { keyPath: "id" });
    if (from === 1) upgradeNotes(transaction);
  }
  if (from === 2) upgradeEdits(transaction);
}

/**
 * Version 2: notes have a status, a comment and more, and labels are defined by themselves.
 * @param {IDBTransaction} transaction
 */
function upgradeNotes(transaction) {
  const documents = transaction.objectStore("documents");
  const values = transaction.objectStore("values");
  const stored = documents.getAll();
  const settings = values.get("settings");
  settings.onsuccess = () => {
    const { notes, labels, settings: kept } = upgraded(stored.result, settings.result);
    for (const note of notes) documents.put(note);
    values.put(labels, "labels");
    if (kept) values.put(kept, "settings");
  };
}

/**
 * Version 3: what an edit changes of a note besides its marks is called `fields`; it was called `marks`.
 * @param {IDBTransaction} transaction
 */
function upgradeEdits(transaction) {
  const edits = transaction.objectStore("edits").openCursor();
  edits.onsuccess = () => {
    const cursor = edits.result;
    if (!cursor) return;
    cursor.update(withFields(cursor.value));
    cursor.continue();
  };
}
