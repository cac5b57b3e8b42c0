// Attributes and the code of a mark.

import { ATTRIBUTES, attributeName, detailsOf } from "../../state/annotate/details.js";
import { element, part, setText } from "../dom.js";

/** Codes that are offered. */
const CODES_MAX = 200;

/**
 * @param {HTMLElement} root the dialog
 * @param {Page.Context} context
 */
export function mountDetailsDialog(root, { store, bus }) {
  if (!(root instanceof HTMLDialogElement)) throw new Error("The details dialog is not a dialog.");
  const list = part(root, "details-attributes");
  const own = part(root, "details-own", HTMLInputElement);
  const code = part(root, "details-code", HTMLInputElement);
  const boxes = ATTRIBUTES.map((name) => {
    const [box, says] = [element("input", { type: "checkbox" }), element("span")];
    list.append(element("label", { class: "check" }, box, says));
    return { name, box, says };
  });
  /** @type {Page.NoteMark | null} */
  let shown = null;
  root.addEventListener("close", () => {
    if (root.returnValue !== "save" || !shown) return;
    const chosen = boxes.filter(({ box }) => box.checked).map(({ name }) => name);
    const attributes = [...chosen, ...own.value.split(",")];
    bus.emit("edit", { kind: "mark-details", note: shown.note, mark: shown.mark, code: code.value, attributes: detailsOf({ attributes }).attributes ?? [] });
    shown = null;
  });

  /** @param {Page.NoteMark} which a mark as it is stored */
  return (which) => {
    const { notes, terms } = store.get();
    const text = notes.find((note) => note.id === which.note)?.text ?? "";
    const { attributes = [], start, end } = which.mark;
    shown = which;
    setText(part(root, "details-words"), text.slice(start, end).replace(/\s+/gu, " ").slice(0, 80));
    for (const { name, box, says } of boxes) {
      box.checked = attributes.includes(name);
      setText(says, attributeName(name));
    }
    own.value = attributes.filter((one) => !ATTRIBUTES.some((name) => name === one)).join(", ");
    code.value = which.mark.code ?? "";
    const codes = new Map(terms.filter((term) => term.code !== "").map((term) => [term.code, term.text]));
    part(root, "details-codes").replaceChildren(...[...codes].slice(0, CODES_MAX).map(([value, words]) => new Option(words, value)));
    root.returnValue = "";
    root.showModal();
  };
}
