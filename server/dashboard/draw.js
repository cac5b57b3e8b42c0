// Elements from plain values. Text is always set as text, so nothing that a site or an operator wrote becomes HTML.

/**
 * @param {string} name
 * @param {Record<string, unknown>} properties properties of the element; those with "-" are attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-")) made.setAttribute(key, String(value));
    else made[key] = value;
  }
  made.append(...children);
  return made;
}

/** @param {string} id @returns {HTMLElement} */
export const byId = (id) => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`there is no #${id}`);
  return found;
};

/** A moment as the reader's own language has it; `-` for none. */
export const time = (ms) => (ms == null ? "-" : new Date(ms).toLocaleString());

/** Bytes for people. */
export const bytes = (count) =>
  count == null ? "?" : count < 1e6 ? `${Math.ceil(count / 1e3)} kB` : `${(count / 1e6).toFixed(1)} MB`;

/**
 * A table in a frame that scrolls by keyboard, too.
 * @param {string} title
 * @param {string[]} heads
 * @param {(Node | string)[][]} rows
 */
export function table(title, heads, rows) {
  const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)));
  const body = rows.map((cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, cell))));
  const made = element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
  return element("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": title }, made);
}

/**
 * Asks before something that can't be taken back.
 * @param {{ heading: string, text: string, yes: string, more?: string }} question
 * @returns {Promise<{ more: boolean } | null>} `null` when it was not wanted
 */
export function confirm({ heading, text, yes, more }) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("confirm"));
  const box = /** @type {HTMLInputElement} */ (byId("confirm-box"));
  byId("confirm-heading").textContent = heading;
  byId("confirm-text").textContent = text;
  byId("confirm-yes").textContent = yes;
  byId("confirm-more").hidden = !more;
  byId("confirm-more").querySelector("span").textContent = more ?? "";
  box.checked = false;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes" ? { more: box.checked } : null), {
      once: true,
    });
  });
}
