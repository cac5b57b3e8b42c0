// The list of all labels with a search, for those without a key and for new ones.

import { text } from "../../language/language.js";
import { tintOf } from "../../state/labels.js";
import { element, part, setText } from "../dom.js";

/**
 * @param {HTMLElement} root the dialog
 * @param {Page.Context} context
 * @returns {(heading: string, chosen: (name: string) => void) => void}
 */
export function mountPicker(root, { store }) {
  if (!(root instanceof HTMLDialogElement)) throw new Error("The label picker is not a dialog.");
  const picker = new Picker(root, store);
  return (heading, chosen) => picker.open(heading, chosen);
}

class Picker {
  #root;
  #store;
  #input;
  #list;
  /** @type {(name: string) => void} */
  #choose = () => {};
  /** @type {string[]} */
  #options = [];
  #at = 0;

  /**
   * @param {HTMLDialogElement} root
   * @param {Page.Store} store
   */
  constructor(root, store) {
    this.#root = root;
    this.#store = store;
    this.#input = part(root, "picker-search", HTMLInputElement);
    this.#list = part(root, "picker-list");
    this.#input.addEventListener("input", () => {
      this.#at = 0;
      this.#draw();
    });
    root.addEventListener("keydown", (event) => this.#key(event));
    part(root, "picker-close").addEventListener("click", () => root.close());
  }

  /**
   * @param {string} heading
   * @param {(name: string) => void} chosen
   */
  open(heading, chosen) {
    setText(part(this.#root, "picker-title"), heading);
    this.#choose = chosen;
    this.#input.value = "";
    this.#at = 0;
    this.#draw();
    this.#root.showModal();
    this.#input.focus();
  }

  #draw() {
    const { labels } = this.#store.get();
    this.#options = optionsFor(labels, this.#input.value.trim());
    this.#at = Math.min(this.#at, Math.max(this.#options.length - 1, 0));
    const made = this.#options.map((name, i) => this.#option(labels.find((label) => label.name === name) ?? null, name, i));
    this.#list.replaceChildren(...made);
    this.#list.hidden = this.#options.length === 0;
    this.#mark();
  }

  /**
   * @param {Page.LabelDefinition | null} label
   * @param {string} name
   * @param {number} i
   */
  #option(label, name, i) {
    const made = element("div", { class: "option", id: `picker-option-${i}` });
    made.setAttribute("role", "option");
    if (label) {
      made.append(element("span", { class: `chip ${tintOf(label.colour)}` }, name));
      if (label.key) made.append(element("kbd", {}, label.key.toUpperCase()));
      if (label.description) made.append(element("span", { class: "small muted" }, label.description));
    } else made.append(text("picker.new", { label: name }));
    made.addEventListener("click", () => this.#take(i));
    return made;
  }

  #mark() {
    [...this.#list.children].forEach((child, i) => child.setAttribute("aria-selected", String(i === this.#at)));
    if (this.#options.length > 0) this.#input.setAttribute("aria-activedescendant", `picker-option-${this.#at}`);
    else this.#input.removeAttribute("aria-activedescendant");
    this.#list.children[this.#at]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} i */
  #take(i) {
    const picked = this.#options[i];
    if (picked === undefined) return;
    this.#root.close();
    // Marking with a new label defines it, so that both are one step to undo.
    this.#choose(picked);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const all = this.#options.length;
      this.#at = (this.#at + (event.key === "ArrowDown" ? 1 : -1) + all) % Math.max(all, 1);
      this.#mark();
    } else if (event.key === "Enter") this.#take(this.#at);
    else return;
    event.preventDefault();
  }
}

/**
 * The labels that fit what was typed, those that begin with it first; what was typed itself where it is no label yet.
 * @param {Page.LabelDefinition[]} labels
 * @param {string} typed
 */
function optionsFor(labels, typed) {
  const wanted = typed.toLocaleLowerCase();
  const found = labels.filter((label) => `${label.name} ${label.description}`.toLocaleLowerCase().includes(wanted));
  const first = found.filter((label) => label.name.toLocaleLowerCase().startsWith(wanted));
  const sorted = wanted === "" ? found : [...first, ...found.filter((label) => !first.includes(label))];
  const create = typed !== "" && !labels.some((label) => label.name === typed);
  return [...sorted.map(({ name }) => name), ...(create ? [typed] : [])];
}
