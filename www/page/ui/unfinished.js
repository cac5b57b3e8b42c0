// The offer to go on with training that a reload has cut off.

import { text } from "../language/language.js";
import { remaining } from "../state/unfinished.js";
import { part, setText, whenChanged } from "./dom.js";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountUnfinished(root, { store, bus }) {
  const told = part(root, "unfinished-text");
  const finish = part(root, "unfinished-go-on", HTMLButtonElement);
  finish.addEventListener("click", () => bus.emit("finish-training", null));
  part(root, "unfinished-drop", HTMLButtonElement).addEventListener("click", () => bus.emit("drop-training", null));
  store.draw(
    whenChanged(
      (state) => [state.settings.unfinished, state.run.kind === "idle" && state.engine === "up" && state.writable, state.notes.length > 0, state.has_model],
      (_, unfinished, able, notes, hasModel) => {
        root.hidden = !unfinished || !able || !notes;
        if (!unfinished) return;
        const how = hasModel ? text("unfinished.stored") : text("unfinished.lost");
        setText(told, `${text("unfinished.text", { ...unfinished })} ${how}`);
        setText(finish, hasModel ? text("unfinished.go-on", { count: remaining(unfinished) }) : text("unfinished.again"));
      },
    ),
  );
}
