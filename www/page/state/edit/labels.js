// Edits of the label set. Marks follow the name of their label.

import { definition, LABELS_MAX, NAME_MAX, DESCRIPTION_MAX } from "../labels.js";
import { sameMark } from "./change.js";

/** @typedef {import("./change.js").Outcome} Outcome */

/**
 * @param {Page.Work} work
 * @param {Page.NewLabel} label
 * @returns {Outcome | null}
 */
export function create({ labels }, label) {
  if (labels.length >= LABELS_MAX || !usable(label.name) || labels.some((known) => known.name === label.name)) return null;
  return { labels: [...labels, within({ ...definition(labels, label.name), ...label })] };
}

/**
 * A key belongs to one label: the label that had it before gets the other's old key.
 * @param {Page.Work} work
 * @param {string} name
 * @param {Partial<Omit<Page.LabelDefinition, "name">>} to
 * @returns {Outcome | null}
 */
export function change({ labels }, name, to) {
  const before = labels.find((label) => label.name === name);
  if (!before) return null;
  return {
    labels: labels.map((label) => {
      if (label === before) return within({ ...label, ...to });
      return to.key && label.key === to.key ? { ...label, key: before.key } : label;
    }),
  };
}

/**
 * @param {Page.Work} work
 * @param {string} name
 * @param {string} to
 * @param {boolean} merge
 * @returns {Outcome | null}
 */
export function rename(work, name, to, merge) {
  const { labels } = work;
  const known = labels.some((label) => label.name === to);
  if (name === to || !usable(to) || (known && !merge) || !labels.some((label) => label.name === name)) return null;
  return {
    labels: known
      ? labels.filter((label) => label.name !== name)
      : labels.map((label) => (label.name === name ? { ...label, name: to } : label)),
    notes: relabelled(work, name, to),
  };
}

/**
 * @param {Page.Work} work
 * @param {string} name
 * @param {string | null} marksTo
 * @returns {Outcome | null}
 */
export function remove(work, name, marksTo) {
  const { labels } = work;
  if (marksTo !== null && (marksTo === name || !labels.some((label) => label.name === marksTo))) return null;
  return { labels: labels.filter((label) => label.name !== name), notes: relabelled(work, name, marksTo) };
}

/**
 * @param {Page.Work} work
 * @param {string} name
 * @param {number} to
 * @returns {Outcome | null}
 */
export function move({ labels }, name, to) {
  const label = labels.find((known) => known.name === name);
  if (!label) return null;
  const others = labels.filter((known) => known !== label);
  return { labels: others.toSpliced(Math.min(Math.max(to, 0), others.length), 0, label) };
}

/**
 * What a file says of a label is used; what it does not say stays, or is chosen as for a new label.
 * @param {Page.Work} work
 * @param {Page.NewLabel[]} imported
 * @returns {Outcome}
 */
export function take(work, imported) {
  let { labels } = work;
  for (const { name, ...wanted } of imported) {
    const known = labels.some((label) => label.name === name);
    const added = known ? { labels } : create({ ...work, labels }, { name });
    const changed = added?.labels && change({ ...work, labels: added.labels }, name, wanted);
    labels = changed?.labels ?? labels;
  }
  return { labels };
}

/**
 * Every note with entities, or turned down suggestions, of this label; two that become equal become one.
 * @param {Page.Work} work
 * @param {string} name
 * @param {string | null} to null: they go
 */
function relabelled({ notes }, name, to) {
  /** @param {Fedner.Entity[]} entities */
  const anew = (entities) => {
    if (!entities.some((entity) => entity.label === name)) return entities;
    const renamed = entities.flatMap((entity) => {
      if (entity.label !== name) return entity;
      return to === null ? [] : { ...entity, label: to };
    });
    return renamed.filter((entity, i) => entity.label !== to || renamed.findIndex((other) => sameMark(other, entity)) === i);
  };
  return notes.flatMap((before) => {
    const after = { ...before, entities: anew(before.entities), rejected: anew(before.rejected) };
    return after.entities === before.entities && after.rejected === before.rejected ? [] : { before, after };
  });
}

/** @param {string} name */
function usable(name) {
  return name !== "" && name === name.trim() && name.length <= NAME_MAX;
}

/** @param {Page.LabelDefinition} label @returns {Page.LabelDefinition} */
function within(label) {
  return { ...label, description: label.description.slice(0, DESCRIPTION_MAX) };
}
