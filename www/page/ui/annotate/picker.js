// The list of all labels with a search, for those without a key and for new ones.

import { text } from "../../language/language.js";
import { tintOf } from "../../state/labels.js";
import { element, part, setText } from "../dom.js";

/**
 * @param {HTMLElement} root the dialog
 * @param {Page.Context} context
 */
export function mountPicker(root, { store }) {
  if (!(root instanceof HTMLDialogElement)) throw new Error("The label picker is not a dialog.");
  const input = part(root, "picker-search", HTMLInputElement);
  const list = part(root, "picker-list");
  const title = part(root, "picker-title");
  /** @type {(name: string) => void} */
  let choose = () => {};
  /** @type {string[]} */
  let options = [];
  let at = 0;

  function draw() {
    const typed = input.value.trim();
    const wanted = typed.toLocaleLowerCase();
    const { labels } = store.get();
    const found = labels.filter((label) => `${label.name} ${label.description}`.toLocaleLowerCase().includes(wanted));
    const first = found.filter((label) => label.name.toLocaleLowerCase().startsWith(wanted));
    const sorted = wanted === "" ? found : [...first, ...found.filter((label) => !first.includes(label))];
    const create = typed !== "" && !labels.some((label) => label.name === typed);
    options = [...sorted.map(({ name }) => name), ...(create ? [typed] : [])];
    at = Math.min(at, Math.max(options.length - 1, 0));
    list.replaceChildren(...options.map((name, i) => option(labels.find((label) => label.name === name) ?? null, name, i)));
    list.hidden = options.length === 0;
    mark();
  }

  /**
   * @param {Page.LabelDefinition | null} label
   * @param {string} name
   * @param {number} i
   */
  function option(label, name, i) {
    const made = element("div", { class: "option", id: `picker-option-${i}` });
    made.setAttribute("role", "option");
    if (label) {
      made.append(element("span", { class: `chip ${tintOf(label.colour)}` }, name));
      if (label.key) made.append(element("kbd", {}, label.key.toUpperCase()));
      if (label.description) made.append(element("span", { class: "small muted" }, label.description));
    } else made.append(text("picker.new", { label: name }));
    made.addEventListener("click", () => take(i));
    return made;
  }

  function mark() {
    [...list.children].forEach((child, i) => child.setAttribute("aria-selected", String(i === at)));
    if (options.length > 0) input.setAttribute("aria-activedescendant", `picker-option-${at}`);
    else input.removeAttribute("aria-activedescendant");
    list.children[at]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} i */
  function take(i) {
    const picked = options[i];
    if (picked === undefined || !(root instanceof HTMLDialogElement)) return;
    root.close();
    // Marking with a new label defines it, so that both are one step to undo.
    choose(picked);
  }

  input.addEventListener("input", () => {
    at = 0;
    draw();
  });
  root.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      at = (at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % Math.max(options.length, 1);
      mark();
    } else if (event.key === "Enter") take(at);
    else return;
    event.preventDefault();
  });
  part(root, "picker-close").addEventListener("click", () => root.close());

  /**
   * @param {string} heading
   * @param {(name: string) => void} chosen
   */
  return (heading, chosen) => {
    setText(title, heading);
    choose = chosen;
    input.value = "";
    at = 0;
    draw();
    root.showModal();
    input.focus();
  };
}
