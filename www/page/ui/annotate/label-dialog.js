// One label: its name, key, colour and guidelines; and what happens to its marks when it is removed.

import { text } from "../../language/language.js";
import { COLOURS, LABEL_KEYS, labelSet, lineOf, TINTS, tintOf } from "../../state/labels.js";
import { element, part, setText } from "../dom.js";

const COLOUR_NAMES = /** @type {const} */ (["blue", "orange", "green", "pink", "violet", "yellow", "cyan", "red", "indigo", "lime", "teal", "magenta"]);
const LINE_NAMES = /** @type {const} */ (["solid", "dashed", "dotted"]);

/**
 * @param {HTMLElement} root the dialog
 * @param {Page.Context} context
 * @returns {(label: string | null) => void} opens it for a label; null: a new one
 */
export function mountLabelDialog(root, context) {
  if (!(root instanceof HTMLDialogElement)) throw new Error("The label dialog is not a dialog.");
  const dialog = new LabelDialog(root, context);
  return (label) => dialog.open(label);
}

class LabelDialog {
  #root;
  #store;
  #bus;
  #form;
  #name;
  #key;
  #description;
  #clash;
  #marksTo;
  /** The label as it was when opened; null: a new one. @type {Page.LabelDefinition | null} */
  #before = null;

  /**
   * @param {HTMLDialogElement} root
   * @param {Page.Context} context
   */
  constructor(root, { store, bus }) {
    this.#root = root;
    this.#store = store;
    this.#bus = bus;
    this.#form = part(root, "label-form", HTMLFormElement);
    this.#name = part(root, "label-name", HTMLInputElement);
    this.#key = part(root, "label-key", HTMLSelectElement);
    this.#description = part(root, "label-description", HTMLTextAreaElement);
    this.#clash = part(root, "label-clash");
    this.#marksTo = part(root, "label-marks-to", HTMLSelectElement);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save(false);
    });
    part(root, "label-merge").addEventListener("click", () => this.#save(true));
    part(root, "label-cancel").addEventListener("click", () => root.close());
    part(root, "label-remove").addEventListener("click", () => this.#remove());
    part(root, "label-up").addEventListener("click", () => this.#move(-1));
    part(root, "label-down").addEventListener("click", () => this.#move(1));
    this.#name.addEventListener("input", () => {
      this.#clash.hidden = true;
    });
  }

  /** @param {string | null} label null: a new one */
  open(label) {
    const { labels } = this.#store.get();
    const before = labels.find((known) => known.name === label) ?? null;
    this.#before = before;
    setText(part(this.#root, "label-dialog-title"), before ? text("label.known", { label: before.name }) : text("label.new"));
    this.#name.value = before?.name ?? "";
    this.#description.value = before?.description ?? "";
    this.#clash.hidden = true;
    this.#key.replaceChildren(...keyOptions(labels, before));
    const used = new Set(labels.map((known) => known.colour));
    const free = Array.from({ length: COLOURS }, (_, i) => i).find((i) => !used.has(i)) ?? 0;
    part(this.#root, "label-colours").replaceChildren(...swatches(before?.colour ?? free));
    part(this.#root, "label-existing").hidden = before === null;
    this.#marksTo.replaceChildren(
      new Option(text("label.remove-marks", { count: this.#marks }), ""),
      ...labels.filter((known) => known !== before).map(({ name }) => new Option(text("label.give-marks", { label: name }), name)),
    );
    this.#root.showModal();
    this.#name.focus();
    this.#name.select();
  }

  /** @param {boolean} merge */
  #save(merge) {
    const before = this.#before;
    const wanted = this.#name.value.trim();
    const known = this.#store.get().labels.some((label) => label.name === wanted);
    if (wanted === "") return this.#name.focus();
    if (known && wanted !== before?.name && !merge) return this.#askToMerge(wanted);
    const colour = Number(new FormData(this.#form).get("colour"));
    const to = { colour, key: this.#key.value, description: this.#description.value.trim() };
    if (!before) this.#bus.emit("edit", { kind: "label-create", label: { name: wanted, ...to } });
    else {
      if (wanted !== before.name) this.#bus.emit("edit", { kind: "label-rename", name: before.name, to: wanted, merge });
      const same = to.colour === before.colour && to.key === before.key && to.description === before.description;
      if (!same && !merge) this.#bus.emit("edit", { kind: "label-change", name: wanted, to });
    }
    this.#root.close();
  }

  /** @param {string} wanted */
  #askToMerge(wanted) {
    const label = this.#before?.name;
    const asked = label === undefined ? text("label.exists", { wanted }) : text("label.merge-into", { wanted, label, count: this.#marks });
    setText(part(this.#root, "label-clash-text"), asked);
    part(this.#root, "label-merge").hidden = label === undefined;
    this.#clash.hidden = false;
  }

  #remove() {
    const name = this.#before?.name;
    if (name !== undefined) this.#bus.emit("edit", { kind: "label-remove", name, marks_to: this.#marksTo.value === "" ? null : this.#marksTo.value });
    this.#root.close();
  }

  /** @param {1 | -1} by */
  #move(by) {
    const name = this.#before?.name;
    const at = this.#store.get().labels.findIndex((label) => label.name === name);
    if (name !== undefined && at >= 0) this.#bus.emit("edit", { kind: "label-move", name, to: at + by });
  }

  /** How many marks have the label. */
  get #marks() {
    const { notes, labels } = this.#store.get();
    const found = labelSet(notes, labels).find((known) => known.name === this.#before?.name);
    return found ? found.training + found.held_out : 0;
  }
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
    const shown = owner ? text("label.key-taken", { key: key.toUpperCase(), label: owner.name }) : key.toUpperCase();
    return new Option(shown, key, key === chosen, key === chosen);
  });
  return [new Option(text("label.key-none"), "", chosen === "", chosen === ""), ...options];
}

/** @param {number} chosen */
function swatches(chosen) {
  return Array.from({ length: COLOURS }, (_, colour) => {
    const input = element("input", { type: "radio" });
    input.name = "colour";
    input.value = String(colour);
    input.checked = colour === chosen;
    const says = lookOf(colour);
    const swatch = element("span", { class: `chip ${tintOf(colour)}` }, "Aa");
    return element("label", { title: says }, input, swatch, element("span", { class: "visually-hidden" }, says));
  });
}

/** A colour and its line in words. @param {number} colour */
function lookOf(colour) {
  const name = /** @type {typeof COLOUR_NAMES[number]} */ (COLOUR_NAMES[colour % TINTS]);
  const line = /** @type {typeof LINE_NAMES[number]} */ (LINE_NAMES[lineOf(colour)]);
  return text("label.look", { colour: text(`colour.${name}`), line: text(`line.${line}`) });
}
