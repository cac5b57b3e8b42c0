// What each key does. The help dialog, the buttons and the editor all read this table; letters that are not in it are
// free for labels. Keys act only while the focus is in the notes' workspace and not in a field.

/**
 * @typedef {"move" | "mark" | "marks" | "notes" | "model" | "other"} Group
 * @typedef {{id: string, keys: string[], says: string, group: Group}} Command
 */

/** @type {Record<Group, string>} */
export const GROUPS = {
  move: "Moving in the text",
  mark: "Marking",
  marks: "With a mark",
  notes: "Notes",
  model: "The model’s suggestions",
  other: "Always",
};

/**
 * Keys are named as KeyboardEvent.key does; "Mod" is Ctrl, or ⌘ on a Mac.
 * @type {Command[]}
 */
export const COMMANDS = [
  { id: "left", keys: ["ArrowLeft"], says: "Previous word", group: "move" },
  { id: "right", keys: ["ArrowRight"], says: "Next word", group: "move" },
  { id: "up", keys: ["ArrowUp"], says: "Line above", group: "move" },
  { id: "down", keys: ["ArrowDown"], says: "Line below", group: "move" },
  { id: "sentence-left", keys: ["Mod+ArrowLeft"], says: "Start of the sentence, then of the one before", group: "move" },
  { id: "sentence-right", keys: ["Mod+ArrowRight"], says: "Start of the next sentence", group: "move" },
  { id: "line-start", keys: ["Home"], says: "Start of the line", group: "move" },
  { id: "line-end", keys: ["End"], says: "End of the line", group: "move" },
  { id: "text-start", keys: ["Mod+Home"], says: "Start of the note", group: "move" },
  { id: "text-end", keys: ["Mod+End"], says: "End of the note", group: "move" },
  { id: "page-up", keys: ["PageUp"], says: "A screen up", group: "move" },
  { id: "page-down", keys: ["PageDown"], says: "A screen down", group: "move" },
  { id: "extend", keys: ["Shift+any of these"], says: "Extend the selection on the way", group: "mark" },
  { id: "mark", keys: ["a label’s key"], says: "Mark the selection, or the word at the cursor, with that label", group: "mark" },
  { id: "mark-again", keys: [" "], says: "Mark with the label that is kept, or the one used last", group: "mark" },
  { id: "pick", keys: ["Enter", "/"], says: "Choose the label from a list with a search", group: "mark" },
  { id: "sticky", keys: ["s"], says: "Keep the label used last: every selection is marked with it at once", group: "mark" },
  { id: "clear", keys: ["Escape"], says: "Drop the selection", group: "mark" },
  { id: "next-mark", keys: ["."], says: "Go to the next mark", group: "marks" },
  { id: "previous-mark", keys: [","], says: "Go to the mark before", group: "marks" },
  { id: "change", keys: ["a label’s key"], says: "Give the mark that label", group: "marks" },
  { id: "resize", keys: ["Shift+ArrowLeft", "Shift+ArrowRight"], says: "Move its border by a word", group: "marks" },
  { id: "border", keys: ["b"], says: "Move the other border from now on", group: "marks" },
  { id: "delete", keys: ["Delete", "Backspace"], says: "Remove the mark", group: "marks" },
  { id: "repeats", keys: ["r"], says: "Mark every repeat of its words", group: "marks" },
  { id: "negated", keys: ["Shift+g"], says: "It is negated, or no longer", group: "marks" },
  { id: "historical", keys: ["Shift+h"], says: "It is historical, or no longer", group: "marks" },
  { id: "hypothetical", keys: ["Shift+y"], says: "It is hypothetical, or no longer", group: "marks" },
  { id: "family", keys: ["Shift+f"], says: "It is about the family, or no longer", group: "marks" },
  { id: "details", keys: ["Shift+e"], says: "Its own attributes and its code", group: "marks" },
  { id: "next-note", keys: ["n"], says: "Next note", group: "notes" },
  { id: "previous-note", keys: ["p"], says: "Note before", group: "notes" },
  { id: "next-undone", keys: ["Shift+n"], says: "Next note that is not done", group: "notes" },
  { id: "done", keys: ["d"], says: "The note is done; on to the next one", group: "notes" },
  { id: "comment", keys: ["c"], says: "Write a comment on the note", group: "notes" },
  { id: "accept", keys: ["a"], says: "Accept the suggestion", group: "model" },
  { id: "reject", keys: ["x"], says: "Reject the suggestion", group: "model" },
  { id: "useful", keys: ["u"], says: "The next most useful note", group: "model" },
  { id: "undo", keys: ["Mod+z"], says: "Undo", group: "other" },
  { id: "redo", keys: ["Mod+Shift+z", "Mod+y"], says: "Do again", group: "other" },
  { id: "help", keys: ["?"], says: "Show these keys", group: "other" },
];

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
const byKey = new Map(COMMANDS.flatMap(({ id, keys }) => keys.map((key) => [key, id])));

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
    Mod: mac ? "⌘" : "Ctrl",
    ArrowLeft: "←",
    ArrowRight: "→",
    ArrowUp: "↑",
    ArrowDown: "↓",
    PageUp: "Page ↑",
    PageDown: "Page ↓",
    Escape: "Esc",
    " ": "Space",
  });
  return key
    .split("+")
    .map((part) => names[part] ?? (part.length === 1 ? part.toUpperCase() : part))
    .join(" ");
}
