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
      (state) => [state.settings.unfinished, state.run.kind === "idle" && state.engine === "up" && state.writable, state.notes.length > 0],
      (_, unfinished, able, notes) => {
        root.hidden = !unfinished || !able || !notes;
        if (!unfinished) return;
        setText(text, `Training was cut off in epoch ${unfinished.epoch} of ${unfinished.epochs}. It can go on from its last checkpoint.`);
        setText(finish, `Go on with ${counted(remaining(unfinished), "epoch")}`);
      },
    ),
  );
}
