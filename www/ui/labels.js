// The label set: which labels found in the notes are trained on.

import { labelSet, tint } from "../state/labels.js";
import { count } from "../state/format.js";
import { element, part, reconcile, whenChanged } from "./dom.js";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountLabels(root, { store, bus }) {
  const area = part(root, "label-area");
  const list = part(root, "label-set");

  store.draw(
    whenChanged(
      (state) => [state.documents, state.settings.labels_off, state.run.kind !== "idle" || !state.writable],
      (_, notes, off, locked) => {
        const labels = labelSet(notes, off);
        const names = labels.map((label) => label.name);
        area.hidden = labels.length === 0;
        reconcile(list, labels, (label) => label.name, (label) => draw(label, bus), (made, label) => {
          const box = /** @type {HTMLInputElement} */ (made.querySelector("input"));
          box.checked = label.on;
          box.disabled = locked;
          const chip = /** @type {HTMLElement} */ (made.querySelector(".chip"));
          chip.className = `chip ${tint(names, label.name)}`;
          const counts = /** @type {HTMLElement} */ (made.querySelector(".counts"));
          counts.textContent = `${count(label.training)} + ${count(label.held_out)}`;
          counts.title = `${count(label.training)} in training notes, ${count(label.held_out)} in held-out notes`;
        });
      },
    ),
  );
}

/**
 * @param {Page.Label} label
 * @param {Page.Bus} bus
 */
function draw(label, bus) {
  const box = element("input", { type: "checkbox" });
  box.addEventListener("change", () => bus.emit("set-label", { name: label.name, on: box.checked }));
  const chip = element("span", { class: "chip" }, label.name);
  return element("li", {}, element("label", { class: "check" }, box, chip, element("span", { class: "counts small muted" })));
}
