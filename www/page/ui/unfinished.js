// The offer to go on with training that a reload has cut off.

import { counted } from "../state/format.js";
import { remaining } from "../state/unfinished.js";
import { part, setText, whenChanged } from "./dom.js";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountUnfinished(root, { store, bus }) {
  const text = part(root, "unfinished-text");
  const finish = part(root, "unfinished-go-on", HTMLButtonElement);
  finish.addEventListener("click", () => bus.emit("finish-training", null));
  part(root, "unfinished-drop", HTMLButtonElement).addEventListener("click", () => bus.emit("drop-training", null));
  store.draw(
    whenChanged(
      (state) => [state.settings.unfinished, state.run.kind === "idle" && state.engine === "up" && state.writable, state.notes.length > 0, state.has_model],
      (_, unfinished, able, notes, hasModel) => {
        root.hidden = !unfinished || !able || !notes;
        if (!unfinished) return;
        const how = hasModel ? "It can go on from its last checkpoint." : "Nothing of it was stored yet, so it would begin again.";
        setText(text, `Training was cut off in pass ${unfinished.epoch} of ${unfinished.epochs}. ${how}`);
        setText(finish, hasModel ? `Go on with ${counted(remaining(unfinished), "pass", "passes")}` : "Begin again");
      },
    ),
  );
}
