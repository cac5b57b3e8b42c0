// The label set: which labels found in the notes are trained on.

import { labelSet, tintOf } from "../state/labels.js";
import { count } from "../state/format.js";
import { element, part, reconcile, whenChanged } from "./dom.js";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountLabels(root, { store, bus }) {
  const list = part(root, "label-set");

  store.draw(
    whenChanged(
      (state) => [state.documents, state.labels, !state.writable],
      (_, notes, defined, locked) => {
        const labels = labelSet(notes, defined);
        reconcile(list, labels, (label) => label.name, (label) => draw(label, bus), (made, label) => {
          const box = /** @type {HTMLInputElement} */ (made.querySelector("input"));
          box.checked = label.on;
          box.disabled = locked;
          const chip = /** @type {HTMLElement} */ (made.querySelector(".chip"));
          chip.className = `chip ${tintOf(label.colour)}`;
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
  box.addEventListener("change", () => bus.emit("edit", { kind: "label-change", name: label.name, to: { on: box.checked } }));
  const chip = element("span", { class: "chip" }, label.name);
  return element("li", {}, element("label", { class: "check" }, box, chip, element("span", { class: "counts small muted" })));
}
