// Reads the page's own HTML, which is well formed, for tests.

const TOKEN = /<!--.*?-->|<!doctype[^>]*>|<(?<close>\/?)(?<tag>[a-z0-9]+)(?<attributes>(?:\s+[^\s=>/]+(?:="[^"]*")?)*)\s*(?<empty>\/?)>/gsu;
const ATTRIBUTE = /([^\s=>/]+)(?:="([^"]*)")?/gu;
const VOID = ["input", "img", "meta", "link", "br", "path"];

/**
 * @typedef {{tag: string, attributes: Record<string, string>, parent: Element | null, content: (Element | string)[], ownText: string}} Element
 */

/**
 * All elements, in the order of the document.
 * @param {string} html
 * @returns {Element[]}
 */
export function elementsOf(html) {
  /** @type {Element[]} */
  const all = [];
  /** @type {Element | null} */
  let open = null;
  let end = 0;
  for (const found of html.matchAll(TOKEN)) {
    if (open) open.content.push(decoded(html.slice(end, found.index)));
    end = found.index + found[0].length;
    const { close, tag, attributes, empty } = found.groups;
    if (tag === undefined) continue;
    if (close) {
      if (open?.tag !== tag) throw new Error(`</${tag}> closes <${open?.tag}>`);
      open.ownText = open.content.filter((piece) => typeof piece === "string").join("");
      open = open.parent;
      continue;
    }
    const made = { tag, attributes: attributesOf(attributes), parent: open, content: [], ownText: "" };
    open?.content.push(made);
    all.push(made);
    if (!empty && !VOID.includes(tag)) open = made;
  }
  return all;
}

/**
 * An element's words as messages write them: a child is `<1/>`, or `<1>words</1>` where the message holds its words, too.
 * @param {Element} element
 * @returns {string[]} all ways to write them
 */
export function wordsOf({ content }) {
  let ways = [""];
  let child = 0;
  for (const piece of content) {
    if (typeof piece === "string") ways = ways.map((words) => words + piece);
    else {
      child += 1;
      const inner = piece.content.every((part) => typeof part === "string") ? piece.content.join("") : "";
      const whole = ways.map((words) => `${words}<${child}/>`);
      ways = inner === "" ? whole : [...whole, ...ways.map((words) => `${words}<${child}>${inner}</${child}>`)];
    }
  }
  return ways.map((words) => words.replace(/[ \n\t]+/gu, " ").trim());
}

/** @param {string} text */
function attributesOf(text) {
  return Object.fromEntries([...text.matchAll(ATTRIBUTE)].map(([, name, value]) => [name, decoded(value ?? "")]));
}

/** @param {string} text */
function decoded(text) {
  return text.replaceAll("&nbsp;", "\u00a0").replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
