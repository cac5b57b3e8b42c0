// The label set beside the text: a chip a label with its key, what to mark with it, and the ways to change the set.

import { text as words } from "../../language/language.js";
import { labelFile } from "../../state/annotate/label-file.js";
import { count } from "../../state/format.js";
import { labelSet, tintOf } from "../../state/labels.js";
import { button, element, part, reconcile, setText, whenChanged } from "../dom.js";
import { mountRoving } from "../roving.js";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 * @param {{edit: (name: string | null) => void, save: (name: string, content: string) => void}} doing
 */
export function mountLabelPanel(root, { store, bus }, { edit, save }) {
  const list = part(root, "label-set");
  const sticky = part(root, "sticky-note");
  const file = part(root, "label-file", HTMLInputElement);
  part(root, "label-new").addEventListener("click", () => edit(null));
  part(root, "sticky-off").addEventListener("click", () => store.dispatch({ type: "label-kept", name: null }));
  part(root, "label-export").addEventListener("click", () => {
    const { workspace, labels } = store.get();
    save(`labels-${workspace.replace(/[^\p{L}\p{N}._-]+/gu, "-")}.json`, labelFile(labels));
  });
  file.addEventListener("change", () => {
    const chosen = file.files?.[0];
    if (chosen) bus.emit("import-labels", chosen);
    file.value = "";
  });

  mountRoving(list);
  store.draw(
    whenChanged(
      (state) => [state.notes, state.labels, state.writable, state.sticky],
      (_, notes, defined, writable, kept) => {
        const labels = labelSet(notes, defined);
        reconcile(list, labels, (label) => label.name, make, (made, label) => update(made, label, writable, kept === label.name));
        part(root, "label-new", HTMLButtonElement).disabled = !writable;
        file.disabled = !writable;
        sticky.hidden = kept === null;
        setText(part(root, "sticky-name"), kept ?? "");
      },
    ),
  );

  /** @param {Page.Label} label */
  function make({ name }) {
    const train = element("input", { type: "checkbox", title: words("labels.train-on", { label: name }) });
    train.setAttribute("aria-label", words("labels.train-on", { label: name }));
    train.addEventListener("change", () => bus.emit("edit", { kind: "label-change", name, to: { on: train.checked } }));
    const chip = button("", () => bus.emit("use-label", name), { class: "label-chip" });
    // The focus stays in the text, and with it the selection to mark.
    chip.addEventListener("mousedown", (event) => event.preventDefault());
    chip.append(element("span", { class: "name" }, name), element("span", { class: "visually-hidden" }, words("labels.key")), element("kbd", {}));
    const change = button("⋯", () => edit(name), { class: "quiet edit" });
    change.title = words("labels.edit", { label: name });
    change.setAttribute("aria-label", change.title);
    const counts = element("span", { class: "counts small muted" });
    const guide = element("p", { class: "guide small muted" });
    return element("li", {}, train, chip, counts, change, guide);
  }
}

/**
 * @param {HTMLElement} made
 * @param {Page.Label} label
 * @param {boolean} writable
 * @param {boolean} kept
 */
function update(made, { name, colour, key, description, on, training, held_out }, writable, kept) {
  const [train, chip, counts, edit, guide] = /** @type {[HTMLInputElement, HTMLButtonElement, HTMLElement, HTMLButtonElement, HTMLElement]} */ (
    /** @type {unknown} */ ([...made.children])
  );
  train.checked = on;
  train.disabled = !writable;
  edit.disabled = !writable;
  chip.className = `label-chip ${tintOf(colour)}`;
  chip.setAttribute("aria-pressed", String(kept));
  const shown = /** @type {HTMLElement} */ (chip.lastElementChild);
  for (const said of [shown, shown.previousElementSibling]) said?.toggleAttribute("hidden", key === "");
  setText(shown, key.toUpperCase());
  setText(counts, count(training + held_out));
  counts.title = words("labels.counts", { training, held_out });
  setText(guide, description);
  guide.hidden = description === "";
}
