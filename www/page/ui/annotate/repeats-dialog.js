// Marks every repeat of a string after showing where they are. One step to undo.

import { text } from "../../language/language.js";
import { inContext, repeats, REPEATS_MAX } from "../../state/annotate/repeats.js";
import { tint } from "../../state/labels.js";
import { element, part, setText } from "../dom.js";

/** Places shown before anything is done; the others are counted. */
const SHOWN_MAX = 200;

/**
 * @param {HTMLElement} root the dialog
 * @param {Page.Context} context
 * @returns {(mark: Fedner.Entity) => void} opens it for the words of a mark in the selected note
 */
export function mountRepeatsDialog(root, context) {
  if (!(root instanceof HTMLDialogElement)) throw new Error("The repeats dialog is not a dialog.");
  const dialog = new RepeatsDialog(root, context);
  return (mark) => dialog.open(mark);
}

class RepeatsDialog {
  #root;
  #store;
  #words;
  #label;
  #sameCase;
  #wholeWords;
  #everywhere;
  #list;
  #apply;
  /** @type {Page.NoteMark[]} */
  #found = [];
  /** Places that are not wanted, as their place in the list. @type {Set<number>} */
  #left = new Set();

  /**
   * @param {HTMLDialogElement} root
   * @param {Page.Context} context
   */
  constructor(root, { store, bus }) {
    this.#root = root;
    this.#store = store;
    this.#words = part(root, "repeats-words", HTMLInputElement);
    this.#label = part(root, "repeats-label", HTMLSelectElement);
    this.#sameCase = part(root, "repeats-case", HTMLInputElement);
    this.#wholeWords = part(root, "repeats-whole", HTMLInputElement);
    this.#everywhere = part(root, "repeats-all", HTMLInputElement);
    this.#list = part(root, "repeats-list");
    this.#apply = part(root, "repeats-apply", HTMLButtonElement);
    const here = part(root, "repeats-here", HTMLInputElement);
    for (const control of [this.#words, this.#label, this.#sameCase, this.#wholeWords, this.#everywhere, here]) {
      control.addEventListener("input", () => this.#search());
    }
    root.addEventListener("close", () => {
      const marks = this.#found.filter((_, i) => !this.#left.has(i));
      if (root.returnValue === "apply") bus.emit("edit", { kind: "marks-add", marks });
      root.returnValue = "";
      this.#list.replaceChildren();
    });
  }

  /** @param {Fedner.Entity} mark in the selected note */
  open(mark) {
    const { notes, selected, labels } = this.#store.get();
    const whole = notes.find((note) => note.id === selected)?.text ?? "";
    this.#words.value = whole.slice(mark.start, mark.end).replace(/\s+/gu, " ");
    this.#label.replaceChildren(...labels.map(({ name }) => new Option(name, name, name === mark.label, name === mark.label)));
    this.#search();
    this.#root.showModal();
    this.#apply.focus();
  }

  #search() {
    const { notes, selected } = this.#store.get();
    const searched = this.#everywhere.checked ? notes : notes.filter((note) => note.id === selected);
    const options = { same_case: this.#sameCase.checked, whole_words: this.#wholeWords.checked };
    const { marks, more } = repeats(searched, this.#words.value, this.#label.value, options);
    this.#found = marks;
    this.#left.clear();
    this.#list.replaceChildren(...marks.slice(0, SHOWN_MAX).map((place, i) => this.#row(place, i)));
    this.#list.hidden = marks.length === 0;
    this.#summarise(more);
  }

  /**
   * @param {Page.NoteMark} place
   * @param {number} i
   */
  #row({ note: id, mark }, i) {
    const { notes, labels } = this.#store.get();
    const note = notes.find((candidate) => candidate.id === id);
    const { before, found, after } = inContext(note?.text ?? "", mark);
    const box = element("input", { type: "checkbox" });
    box.checked = true;
    box.addEventListener("change", () => {
      if (box.checked) this.#left.delete(i);
      else this.#left.add(i);
      this.#summarise(false);
    });
    const place = element("span", {}, `…${before}`, element("mark", { class: `entity ${tint(labels, mark.label)}` }, found), `${after}…`);
    const where = element("span", { class: "small muted" }, note?.name ?? "");
    return element("li", {}, element("label", { class: "check" }, box, place), where);
  }

  /** @param {boolean} more */
  #summarise(more) {
    const wanted = this.#found.length - this.#left.size;
    const notes = new Set(this.#found.filter((_, i) => !this.#left.has(i)).map((place) => place.note)).size;
    const sentences = [text("repeats.found", { count: wanted, notes })];
    if (this.#found.length > SHOWN_MAX) sentences.push(text("repeats.first", { count: SHOWN_MAX }));
    if (more) sentences.push(text("repeats.most", { count: REPEATS_MAX }));
    const none = text(this.#words.value.trim() === "" ? "repeats.type" : "repeats.none");
    setText(part(this.#root, "repeats-summary"), this.#found.length === 0 ? none : sentences.join(" "));
    setText(this.#apply, text("repeats.mark-places", { count: wanted }));
    this.#apply.disabled = wanted === 0;
  }
}
