// A label set as a file: JSON that people can read and other workspaces can import.

import { phrase } from "../../../shared/phrase.js";
import { COLOURS, DESCRIPTION_MAX, LABEL_KEYS, LABELS_MAX, NAME_MAX } from "../labels.js";

const FORMAT = "fedner-labels";
/** The largest file that is read. */
export const LABEL_FILE_BYTES_MAX = 4 * 1024 * 1024;

/** @param {Page.LabelDefinition[]} labels */
export function labelFile(labels) {
  const written = labels.map(({ name, colour, key, description }) => ({ name, colour, key, description }));
  return `${JSON.stringify({ format: FORMAT, version: 1, labels: written }, null, 2)}\n`;
}

/**
 * Reads a label set: our own file, a list of names, or doccano's and Label Studio's lists of objects with a text or a value.
 * @param {string} text
 * @returns {Page.NewLabel[]}
 * @throws {Page.Failure}
 */
export function readLabelFile(text) {
  const labels = list(parsed(text)).map((entry, i) => readLabel(entry, i + 1));
  if (labels.length === 0) throw refusal(phrase("labels.file-empty"));
  if (labels.length > LABELS_MAX) throw refusal(phrase("labels.file-too-many", { count: labels.length, most: LABELS_MAX }));
  const twice = labels.find((label, i) => labels.findIndex((other) => other.name === label.name) < i);
  if (twice) throw refusal(phrase("labels.file-twice", { name: twice.name }));
  return labels;
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (fault) {
    throw refusal(phrase("labels.file-no-json", { detail: fault instanceof Error ? fault.message : String(fault) }));
  }
}

/**
 * @param {any} content
 * @returns {any[]}
 */
function list(content) {
  const found = Array.isArray(content) ? content : content?.labels;
  if (!Array.isArray(found)) throw refusal(phrase("labels.file-no-list"));
  return found;
}

/**
 * @param {any} entry
 * @param {number} place
 * @returns {Page.NewLabel}
 */
function readLabel(entry, place) {
  const named = typeof entry === "string" ? entry : (entry?.name ?? entry?.text ?? entry?.value);
  const name = typeof named === "string" ? named.trim() : "";
  if (name === "") throw refusal(phrase("labels.file-no-name", { place }));
  if (name.length > NAME_MAX) throw refusal(phrase("labels.file-long-name", { place, most: NAME_MAX }));
  const { colour, description } = entry;
  const key = String(entry.key ?? entry.suffix_key ?? entry.hotkey ?? "").toLowerCase();
  return {
    name,
    ...(Number.isInteger(colour) && colour >= 0 && colour < COLOURS ? { colour } : {}),
    ...(LABEL_KEYS.includes(key) ? { key } : {}),
    ...(typeof description === "string" && description !== "" ? { description: description.slice(0, DESCRIPTION_MAX) } : {}),
  };
}

/** @param {Page.Said} why @returns {Page.Failure} */
function refusal(why) {
  return { code: "labels", message: phrase("labels.unreadable", { why }), hint: phrase("labels.unreadable-hint") };
}
