// What each key does. The help dialog, the buttons and the editor all read this table; letters that are not in it are
// free for labels. Keys act only while the focus is in the notes' workspace and not in a field.

import { text } from "../../language/language.js";

/** In the order of the help. */
export const GROUPS = /** @type {const} */ (["move", "mark", "marks", "notes", "model", "other"]);

/** @typedef {typeof GROUPS[number]} Group */


/**
 * Keys are named as KeyboardEvent.key does; "Mod" is Ctrl, or ⌘ on a Mac, "Label" the key of any label, and "Any" every key of
 * the group before.
 */
export const COMMANDS = /** @type {const} */ ([
  { id: "left", keys: ["ArrowLeft"], group: "move" },
  { id: "right", keys: ["ArrowRight"], group: "move" },
  { id: "up", keys: ["ArrowUp"], group: "move" },
  { id: "down", keys: ["ArrowDown"], group: "move" },
  { id: "sentence-left", keys: ["Mod+ArrowLeft"], group: "move" },
  { id: "sentence-right", keys: ["Mod+ArrowRight"], group: "move" },
  { id: "line-start", keys: ["Home"], group: "move" },
  { id: "line-end", keys: ["End"], group: "move" },
  { id: "text-start", keys: ["Mod+Home"], group: "move" },
  { id: "text-end", keys: ["Mod+End"], group: "move" },
  { id: "page-up", keys: ["PageUp"], group: "move" },
  { id: "page-down", keys: ["PageDown"], group: "move" },
  { id: "extend", keys: ["Shift+Any"], group: "mark" },
  { id: "mark", keys: ["Label"], group: "mark" },
  { id: "mark-again", keys: [" "], group: "mark" },
  { id: "pick", keys: ["Enter", "/"], group: "mark" },
  { id: "sticky", keys: ["s"], group: "mark" },
  { id: "clear", keys: ["Escape"], group: "mark" },
  { id: "next-mark", keys: ["."], group: "marks" },
  { id: "previous-mark", keys: [","], group: "marks" },
  { id: "change", keys: ["Label"], group: "marks" },
  { id: "resize", keys: ["Shift+ArrowLeft", "Shift+ArrowRight"], group: "marks" },
  { id: "border", keys: ["b"], group: "marks" },
  { id: "delete", keys: ["Delete", "Backspace"], group: "marks" },
  { id: "repeats", keys: ["r"], group: "marks" },
  { id: "negated", keys: ["Shift+g"], group: "marks" },
  { id: "historical", keys: ["Shift+h"], group: "marks" },
  { id: "hypothetical", keys: ["Shift+y"], group: "marks" },
  { id: "family", keys: ["Shift+f"], group: "marks" },
  { id: "details", keys: ["Shift+e"], group: "marks" },
  { id: "next-note", keys: ["n"], group: "notes" },
  { id: "previous-note", keys: ["p"], group: "notes" },
  { id: "next-undone", keys: ["Shift+n"], group: "notes" },
  { id: "done", keys: ["d"], group: "notes" },
  { id: "comment", keys: ["c"], group: "notes" },
  { id: "accept", keys: ["a"], group: "model" },
  { id: "reject", keys: ["x"], group: "model" },
  { id: "useful", keys: ["u"], group: "model" },
  { id: "undo", keys: ["Mod+z"], group: "other" },
  { id: "redo", keys: ["Mod+Shift+z", "Mod+y"], group: "other" },
  { id: "help", keys: ["?"], group: "other" },
]);

/**
 * A pressed key as the table names it.
 * @param {{key: string, ctrlKey: boolean, metaKey: boolean, shiftKey: boolean, altKey: boolean}} event
 */
export function pressed({ key, ctrlKey, metaKey, shiftKey, altKey }) {
  const named = key.length === 1 ? key.toLowerCase() : key;
  // Shift is part of how a sign is typed, and says something only with letters and named keys.
  const shift = shiftKey && (key.length > 1 || named !== key || /\p{L}/u.test(key));
  return `${ctrlKey || metaKey ? "Mod+" : ""}${altKey ? "Alt+" : ""}${shift ? "Shift+" : ""}${named}`;
}

/** @type {Map<string, string>} */
const byKey = new Map(/** @type {readonly {id: string, keys: readonly string[]}[]} */ (COMMANDS).flatMap(({ id, keys }) => keys.map((key) => [key, id])));

/**
 * The command of a pressed key, or null.
 * @param {Parameters<typeof pressed>[0]} event
 */
export function commandOf(event) {
  return byKey.get(pressed(event)) ?? null;
}

/** @param {string} id */
export function groupOf(id) {
  return COMMANDS.find((command) => command.id === id)?.group ?? "other";
}

/**
 * A key as people know it.
 * @param {string} key
 * @param {boolean} mac
 */
export function keyName(key, mac) {
  const names = /** @type {Record<string, string>} */ ({
    Mod: mac ? "⌘" : text("keys.name.ctrl"),
    Any: text("keys.name.any"),
    Label: text("keys.name.label"),
    Shift: text("keys.name.shift"),
    ArrowLeft: "←",
    ArrowRight: "→",
    ArrowUp: "↑",
    ArrowDown: "↓",
    PageUp: text("keys.name.page-up"),
    PageDown: text("keys.name.page-down"),
    Home: text("keys.name.home"),
    End: text("keys.name.end"),
    Delete: text("keys.name.delete"),
    Backspace: text("keys.name.backspace"),
    Enter: text("keys.name.enter"),
    Escape: "Esc",
    " ": text("keys.name.space"),
  });
  return key
    .split("+")
    .map((part) => names[part] ?? (part.length === 1 ? part.toUpperCase() : part))
    .join(" ");
}
