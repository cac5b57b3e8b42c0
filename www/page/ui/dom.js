// Small helpers for the page's parts.

import { language, said } from "../language/language.js";

/**
 * The element with this id; the page's parts rely on it being there.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} id
 * @param {new () => T} [type]
 * @returns {T}
 */
export function part(root, id, type) {
  const element = root.querySelector(`#${id}`);
  const Type = type ?? HTMLElement;
  if (!(element instanceof Type)) throw new Error(`The page has no element #${id} of type ${Type.name}.`);
  return /** @type {T} */ (element);
}

/**
 * A new element.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {{class?: string, id?: string, type?: string, title?: string, lang?: string}} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * A button that does something.
 * @param {string} text
 * @param {() => void} act
 * @param {{class?: string, id?: string}} [attributes]
 */
export function button(text, act, attributes = {}) {
  const made = element("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", act);
  return made;
}

/** Moves the focus to the text of the open note, or else to the view that is shown, once all of the page is drawn. */
export function focusOpenNote() {
  queueMicrotask(() => {
    const text = document.getElementById("document-text");
    const view = document.querySelector("[data-view]:not([hidden])");
    const target = text && text.getClientRects().length > 0 ? text : view;
    if (target instanceof HTMLElement) target.focus({ preventScroll: true });
  });
}

/**
 * Sets an element's text only when it differs, so that live regions speak only of changes.
 * @param {Element} target
 * @param {string} text
 */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/**
 * Shows what somebody says. Plain words are not the page's own: the engine and the server speak English.
 * @param {HTMLElement} target
 * @param {Page.Said} what
 */
export function showSaid(target, what) {
  const words = said(what);
  if (words !== "" && isPlain(what)) target.lang = "en";
  else target.removeAttribute("lang");
  setText(target, words);
}

/** @param {Page.Said} what @returns {boolean} whether none of it is the page's own */
function isPlain(what) {
  return typeof what === "string" || (Array.isArray(what) && what.every(isPlain));
}

/**
 * What somebody says, to be put among other words.
 * @param {Page.Said} what
 */
export function saidNode(what) {
  const made = element("span");
  showSaid(made, what);
  return made;
}

/** The language in which a list was made. @type {WeakMap<HTMLElement, Page.LanguageCode>} */
const madeIn = new WeakMap();

/**
 * Makes a parent's children match the items, keeping elements (and focus) of items that stay. In another language all are
 * made anew.
 * @template T
 * @template {HTMLElement} E
 * @param {HTMLElement} parent
 * @param {T[]} items
 * @param {(item: T) => string} key
 * @param {(item: T) => E} make
 * @param {(made: E, item: T) => void} update
 */
export function reconcile(parent, items, key, make, update) {
  /** @type {Map<string, E>} */
  const known = new Map();
  const keys = new Set(items.map(key));
  if ((madeIn.get(parent) ?? language()) !== language()) parent.replaceChildren();
  madeIn.set(parent, language());
  for (const child of /** @type {E[]} */ ([...parent.children])) {
    const id = child.dataset.key ?? "";
    // Elements of removed items go first; otherwise all elements after them would be moved.
    if (keys.has(id) && !known.has(id)) known.set(id, child);
    else child.remove();
  }
  let at = parent.firstElementChild;
  for (const item of items) {
    const id = key(item);
    let made = known.get(id);
    if (!made) {
      made = make(item);
      made.dataset.key = id;
      known.set(id, made);
    }
    update(made, item);
    if (made === at) at = at.nextElementSibling;
    else parent.insertBefore(made, at);
  }
}

/**
 * Calls back only when the picked values, or the language, changed since the last call.
 * @template {unknown[] | []} V
 * @param {(state: Page.State) => V} pick
 * @param {(state: Page.State, ...values: V) => void} draw
 * @returns {(state: Page.State) => void}
 */
export function whenChanged(pick, draw) {
  /** @type {V | null} */
  let last = null;
  /** @type {Page.LanguageCode | null} */
  let spoken = null;
  return (state) => {
    const now = pick(state);
    const same = last && spoken === language() && now.every((value, i) => Object.is(value, /** @type {V} */ (last)[i]));
    if (same) return;
    last = now;
    spoken = language();
    draw(state, ...now);
  };
}
