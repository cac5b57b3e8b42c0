// Keys that work in the whole notes panel, and the buttons for undo, redo and help.

import { text } from "../../language/language.js";
import { commandOf, groupOf } from "../../state/annotate/keys.js";
import { titles } from "../../state/edit/history.js";
import { part, whenChanged } from "../dom.js";

/** Groups of keys that the text handles itself when it has the focus. */
const OF_THE_TEXT = ["move", "mark", "marks"];

/**
 * @param {HTMLElement} root the notes' workspace
 * @param {Page.Context} context
 */
export function mountCommands(root, { store, bus }) {
  const undo = part(root, "undo-button", HTMLButtonElement);
  const redo = part(root, "redo-button", HTMLButtonElement);
  undo.addEventListener("click", () => bus.emit("undo", null));
  redo.addEventListener("click", () => bus.emit("redo", null));
  part(root, "help-button").addEventListener("click", () => bus.emit("command", "help"));

  root.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || inField(event.target)) return;
    const command = commandOf(event);
    if (command === null || OF_THE_TEXT.includes(groupOf(command))) return;
    event.preventDefault();
    if (command === "undo" || command === "redo") bus.emit(command, null);
    else bus.emit("command", command);
  });

  store.draw(
    whenChanged(
      (state) => [state.edits, state.writable],
      (_, edits, writable) => {
        const { undo: back, redo: again } = titles(edits);
        name(undo, "note.undo", back, writable);
        name(redo, "note.redo", again, writable);
      },
    ),
  );
}

/**
 * @param {HTMLButtonElement} control
 * @param {"note.undo" | "note.redo"} verb
 * @param {Page.Said | null} title
 * @param {boolean} writable
 */
function name(control, verb, title, writable) {
  const what = text(verb, { what: title ?? text("note.nothing") });
  control.title = what;
  control.setAttribute("aria-label", what);
  control.disabled = title === null || !writable;
}

/** @param {EventTarget | null} target */
function inField(target) {
  return target instanceof HTMLElement && target.closest("input:not([type=checkbox], [type=radio]), textarea, select, dialog") !== null;
}
