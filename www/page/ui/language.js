// The choice of the language, and the texts that stand in the HTML.
//
// An element's `data-text` names its message; `data-text-label`, `-title`, `-placeholder` and `-content` name those of its attributes
// `aria-label`, `title`, `placeholder` and `content`. In a message, `<1>words</1>` is the element's first child with these words, and
// `<1/>` is the first child as it is.

import { LANGUAGES, text } from "../language/language.js";
import { element, part, whenChanged } from "./dom.js";

/** Attributes with words, and what names their messages. */
const ATTRIBUTES = { label: "aria-label", title: "title", placeholder: "placeholder", content: "content" };
const CHILD = /<(?<whole>\d)\/>|<(?<named>\d)>(?<words>.*?)<\/\k<named>>/gu;

/** The children of an element in the order of its HTML: another language may have another order. @type {WeakMap<Element, Element[]>} */
const childrenOf = new WeakMap();

/**
 * @param {Document} page
 * @param {Page.Context} context
 */
export function mountLanguage(page, { store, bus }) {
  const select = part(page.body, "language", HTMLSelectElement);
  const codes = /** @type {Page.LanguageCode[]} */ (Object.keys(LANGUAGES));
  for (const code of codes) {
    const option = element("option", { lang: code }, LANGUAGES[code].name);
    option.value = code;
    select.append(option);
  }
  select.addEventListener("change", () => bus.emit("choose-language", /** @type {Page.LanguageCode} */ (select.value)));
  store.draw(
    whenChanged(
      (state) => [state.language],
      (_, language) => {
        select.value = language;
        // The HTML itself is English: nothing is to be done before another language was shown.
        if (page.documentElement.lang === language) return;
        page.documentElement.lang = language;
        translate(page);
      },
    ),
  );
}

/** @param {Document} page */
function translate(page) {
  for (const found of page.querySelectorAll("[data-text]")) {
    if (found instanceof HTMLElement) fill(found, messageOf(found.dataset.text));
  }
  for (const [name, attribute] of Object.entries(ATTRIBUTES)) {
    for (const found of page.querySelectorAll(`[data-text-${name}]`)) {
      found.setAttribute(attribute, messageOf(found.getAttribute(`data-text-${name}`)));
    }
  }
}

/** A test checks that the HTML names only messages without parameters. @param {string | null | undefined} key */
function messageOf(key) {
  return text(/** @type {"page.skip"} */ (key));
}

/**
 * @param {HTMLElement} target
 * @param {string} message
 */
function fill(target, message) {
  const children = childrenOf.get(target) ?? [...target.children];
  childrenOf.set(target, children);
  /** @type {(Node | string)[]} */
  const content = [];
  let end = 0;
  for (const found of message.matchAll(CHILD)) {
    const { whole, named, words } = found.groups ?? {};
    const child = children[Number(whole ?? named) - 1];
    content.push(message.slice(end, found.index));
    if (child) content.push(child);
    if (child && words !== undefined) child.textContent = words;
    end = found.index + found[0].length;
  }
  target.replaceChildren(...[...content, message.slice(end)].filter((piece) => piece !== ""));
}
