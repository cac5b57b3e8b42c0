// The versions of a workspace's database, each made from the one before.

import { upgraded } from "../state/edit/note.js";

/** @type {import("../../shared/database.js").Upgrade} */
export const UPGRADE = { version: 2, upgrade };

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
