// What to write and what to remove when one version of a list follows another.

import { replacedAt } from "../state/changed.js";

/**
 * @template {object} T
 * @template {IDBValidKey} K
 * @param {T[]} now
 * @param {T[]} before
 * @param {(entry: T) => K} key
 * @returns {{put: T[], remove: K[]}}
 */
export function difference(now, before, key) {
  if (now === before) return { put: [], remove: [] };
  const old = new Set(before);
  const keys = new Set(now.map(key));
  return { put: now.filter((entry) => !old.has(entry)), remove: before.map(key).filter((k) => !keys.has(k)) };
}

/**
 * As `difference`, for notes: nearly always one of thousands was replaced.
 * @param {Page.Note[]} now
 * @param {Page.Note[]} before
 */
export function noteDifference(now, before) {
  const replaced = replacedAt(now, before);
  if (!replaced) return difference(now, before, (note) => note.id);
  return { put: replaced.flatMap((at) => now[at] ?? []), remove: [] };
}

/** Keys that were removed and may still be stored. */
export function createRemovals() {
  /** @type {Set<IDBValidKey>} */
  const keys = new Set();
  return {
    /**
     * @param {IDBValidKey[]} gone
     * @param {IDBValidKey[]} there keys that are there again
     */
    add(gone, there) {
      for (const key of gone) keys.add(key);
      for (const key of there) keys.delete(key);
    },
    all: () => [...keys],
    /** They are no longer stored. @param {IDBValidKey[]} gone */
    done(gone) {
      for (const key of gone) keys.delete(key);
    },
  };
}
