// One label: its name, key, colour and guidelines; and what happens to its marks when it is removed.

import { counted } from "../../state/format.js";
import { COLOURS, LABEL_KEYS, labelSet, lineOf, TINTS, tintOf } from "../../state/labels.js";
import { element, part, setText } from "../dom.js";

const COLOUR_NAMES = ["blue", "orange", "green", "pink", "violet", "yellow", "cyan", "red", "indigo", "lime", "teal", "magenta"];
const LINE_NAMES = ["solid", "dashed", "dotted"];

/**
 * @param {HTMLElement} root the dialog
 * @param {Page.Context} context
 */
export function mountLabelDialog(root, context) {
  if (!(root instanceof HTMLDialogElement)) throw new Error("The label dialog is not a dialog.");
  const { store, bus } = context;
  const dialog = root;
  const form = part(root, "label-form", HTMLFormElement);
  const name = part(root, "label-name", HTMLInputElement);
  const key = part(root, "label-key", HTMLSelectElement);
  const colours = part(root, "label-colours");
  const description = part(root, "label-description", HTMLTextAreaElement);
  const clash = part(root, "label-clash");
  const existing = part(root, "label-existing");
  const marksTo = part(root, "label-marks-to", HTMLSelectElement);
  /** The label as it was when opened; null: a new one. @type {Page.LabelDefinition | null} */
  let before = null;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save(false);
  });
  part(root, "label-merge").addEventListener("click", () => save(true));
  part(root, "label-cancel").addEventListener("click", () => dialog.close());
  part(root, "label-remove").addEventListener("click", () => {
    if (before) bus.emit("edit", { kind: "label-remove", name: before.name, marks_to: marksTo.value === "" ? null : marksTo.value });
    dialog.close();
  });
  for (const [id, by] of /** @type {const} */ ([["label-up", -1], ["label-down", 1]])) {
    part(root, id).addEventListener("click", () => {
      const at = store.get().labels.findIndex((label) => label.name === before?.name);
      if (before && at >= 0) bus.emit("edit", { kind: "label-move", name: before.name, to: at + by });
    });
  }
  name.addEventListener("input", () => {
    clash.hidden = true;
  });

  /** @param {boolean} merge */
  function save(merge) {
    const wanted = name.value.trim();
    const { labels } = store.get();
    const known = labels.some((label) => label.name === wanted);
    if (wanted === "") return name.focus();
    if (known && wanted !== before?.name && !merge) return askToMerge(wanted);
    const colour = Number(new FormData(form).get("colour"));
    const to = { colour, key: key.value, description: description.value.trim() };
    if (!before) bus.emit("edit", { kind: "label-create", label: { name: wanted, ...to } });
    else {
      if (wanted !== before.name) bus.emit("edit", { kind: "label-rename", name: before.name, to: wanted, merge });
      const same = to.colour === before.colour && to.key === before.key && to.description === before.description;
      if (!same && !merge) bus.emit("edit", { kind: "label-change", name: wanted, to });
    }
    dialog.close();
  }

  /** @param {string} wanted */
  function askToMerge(wanted) {
    const marks = marksOf(before?.name);
    setText(part(root, "label-clash-text"), before
      ? `There is a label “${wanted}” already. Merged into it, ${counted(marks, "mark")} of “${before.name}” become “${wanted}”, and “${before.name}” goes.`
      : `There is a label “${wanted}” already.`);
    part(root, "label-merge").hidden = before === null;
    clash.hidden = false;
  }

  /** @param {string | undefined} label */
  function marksOf(label) {
    const { notes, labels } = store.get();
    const found = labelSet(notes, labels).find((known) => known.name === label);
    return found ? found.training + found.held_out : 0;
  }

  /** @param {string | null} label null: a new one */
  return (label) => {
    const { labels } = store.get();
    before = labels.find((known) => known.name === label) ?? null;
    setText(part(root, "label-dialog-title"), before ? `The label ${before.name}` : "A new label");
    name.value = before?.name ?? "";
    description.value = before?.description ?? "";
    clash.hidden = true;
    key.replaceChildren(...keyOptions(labels, before));
    const used = new Set(labels.map((known) => known.colour));
    const free = Array.from({ length: COLOURS }, (_, i) => i).find((i) => !used.has(i)) ?? 0;
    colours.replaceChildren(...swatches(before?.colour ?? free));
    existing.hidden = before === null;
    marksTo.replaceChildren(
      new Option(`remove its ${counted(marksOf(before?.name), "mark")} too`, ""),
      ...labels.filter((known) => known !== before).map((known) => new Option(`give them the label ${known.name}`, known.name)),
    );
    dialog.showModal();
    name.focus();
    name.select();
  };
}

/**
 * @param {Page.LabelDefinition[]} labels
 * @param {Page.LabelDefinition | null} label
 */
function keyOptions(labels, label) {
  const free = LABEL_KEYS.find((key) => !labels.some((known) => known.key === key)) ?? "";
  const chosen = label ? label.key : free;
  const options = LABEL_KEYS.map((key) => {
    const owner = labels.find((known) => known.key === key && known !== label);
    const text = owner ? `${key.toUpperCase()} (now ${owner.name})` : key.toUpperCase();
    return new Option(text, key, key === chosen, key === chosen);
  });
  return [new Option("none: from the list", "", chosen === "", chosen === ""), ...options];
}

/** @param {number} chosen */
function swatches(chosen) {
  return Array.from({ length: COLOURS }, (_, colour) => {
    const input = element("input", { type: "radio" });
    input.name = "colour";
    input.value = String(colour);
    input.checked = colour === chosen;
    const says = `${COLOUR_NAMES[colour % TINTS]}, ${LINE_NAMES[lineOf(colour)]}`;
    const swatch = element("span", { class: `chip ${tintOf(colour)}` }, "Aa");
    const made = element("label", { title: says }, input, swatch, element("span", { class: "visually-hidden" }, says));
    return made;
  });
}
