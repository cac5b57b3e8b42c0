// A label set as a file: JSON that people can read and other workspaces can import.

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
  if (labels.length === 0) throw refusal("It holds no label.");
  if (labels.length > LABELS_MAX) throw refusal(`It holds ${labels.length} labels; at most ${LABELS_MAX} can be used.`);
  const twice = labels.find((label, i) => labels.findIndex((other) => other.name === label.name) < i);
  if (twice) throw refusal(`The label “${twice.name}” is in it twice.`);
  return labels;
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (fault) {
    throw refusal(`It is not JSON: ${fault instanceof Error ? fault.message : fault}.`);
  }
}

/**
 * @param {any} content
 * @returns {any[]}
 */
function list(content) {
  const found = Array.isArray(content) ? content : content?.labels;
  if (!Array.isArray(found)) throw refusal("It holds no list “labels”.");
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
  if (name === "") throw refusal(`Label ${place} has no name.`);
  if (name.length > NAME_MAX) throw refusal(`The name of label ${place} is longer than ${NAME_MAX} characters.`);
  const { colour, description } = entry;
  const key = String(entry.key ?? entry.suffix_key ?? entry.hotkey ?? "").toLowerCase();
  return {
    name,
    ...(Number.isInteger(colour) && colour >= 0 && colour < COLOURS ? { colour } : {}),
    ...(LABEL_KEYS.includes(key) ? { key } : {}),
    ...(typeof description === "string" && description !== "" ? { description: description.slice(0, DESCRIPTION_MAX) } : {}),
  };
}

/** @param {string} message @returns {Page.Failure} */
function refusal(message) {
  return { code: "labels", message: `This label set can’t be read. ${message}`, hint: "Choose a JSON file of labels, such as one exported here." };
}
