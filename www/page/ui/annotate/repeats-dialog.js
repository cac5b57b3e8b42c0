// Marks every repeat of a string after showing where they are. One step to undo.

import { text as phrased } from "../../language/language.js";
import { inContext, repeats, REPEATS_MAX } from "../../state/annotate/repeats.js";
import { tint } from "../../state/labels.js";
import { element, part, setText } from "../dom.js";

/** Places shown before anything is done; the others are counted. */
const SHOWN_MAX = 200;

/**
 * @param {HTMLElement} root the dialog
 * @param {Page.Context} context
 */
export function mountRepeatsDialog(root, { store, bus }) {
  if (!(root instanceof HTMLDialogElement)) throw new Error("The repeats dialog is not a dialog.");
  const words = part(root, "repeats-words", HTMLInputElement);
  const label = part(root, "repeats-label", HTMLSelectElement);
  const sameCase = part(root, "repeats-case", HTMLInputElement);
  const wholeWords = part(root, "repeats-whole", HTMLInputElement);
  const everywhere = part(root, "repeats-all", HTMLInputElement);
  const summary = part(root, "repeats-summary");
  const list = part(root, "repeats-list");
  const apply = part(root, "repeats-apply", HTMLButtonElement);
  /** @type {Page.NoteMark[]} */
  let found = [];
  /** Places that are not wanted, as their place in the list. @type {Set<number>} */
  const left = new Set();

  function search() {
    const { notes, selected } = store.get();
    const searched = everywhere.checked ? notes : notes.filter((note) => note.id === selected);
    const options = { same_case: sameCase.checked, whole_words: wholeWords.checked };
    const { marks, more } = repeats(searched, words.value, label.value, options);
    found = marks;
    left.clear();
    list.replaceChildren(...marks.slice(0, SHOWN_MAX).map((place, i) => row(place, i)));
    list.hidden = marks.length === 0;
    summarise(more);
  }

  /**
   * @param {Page.NoteMark} place
   * @param {number} i
   */
  function row({ note: id, mark }, i) {
    const { notes, labels } = store.get();
    const note = notes.find((candidate) => candidate.id === id);
    const { before, found: words, after } = inContext(note?.text ?? "", mark);
    const box = element("input", { type: "checkbox" });
    box.checked = true;
    box.addEventListener("change", () => {
      if (box.checked) left.delete(i);
      else left.add(i);
      summarise(false);
    });
    const text = element("span", {}, `…${before}`, element("mark", { class: `entity ${tint(labels, mark.label)}` }, words), `${after}…`);
    const where = element("span", { class: "small muted" }, note?.name ?? "");
    return element("li", {}, element("label", { class: "check" }, box, text), where);
  }

  /** @param {boolean} more */
  function summarise(more) {
    const wanted = found.length - left.size;
    const notes = new Set(found.filter((_, i) => !left.has(i)).map((place) => place.note)).size;
    const sentences = [phrased("repeats.found", { count: wanted, notes })];
    if (found.length > SHOWN_MAX) sentences.push(phrased("repeats.first", { count: SHOWN_MAX }));
    if (more) sentences.push(phrased("repeats.most", { count: REPEATS_MAX }));
    const none = phrased(words.value.trim() === "" ? "repeats.type" : "repeats.none");
    setText(summary, found.length === 0 ? none : sentences.join(" "));
    setText(apply, phrased("repeats.mark-places", { count: wanted }));
    apply.disabled = wanted === 0;
  }

  for (const control of [words, label, sameCase, wholeWords, everywhere, part(root, "repeats-here", HTMLInputElement)]) {
    control.addEventListener("input", search);
  }
  root.addEventListener("close", () => {
    if (root.returnValue === "apply") bus.emit("edit", { kind: "marks-add", marks: found.filter((_, i) => !left.has(i)) });
    root.returnValue = "";
    list.replaceChildren();
  });

  /** @param {Fedner.Entity} mark in the selected note */
  return (mark) => {
    const { notes, selected, labels } = store.get();
    const text = notes.find((note) => note.id === selected)?.text ?? "";
    words.value = text.slice(mark.start, mark.end).replace(/\s+/gu, " ");
    label.replaceChildren(...labels.map(({ name }) => new Option(name, name, name === mark.label, name === mark.label)));
    search();
    root.showModal();
    apply.focus();
  };
}

