// A listbox of which only the rows in sight are in the document. Rows are of one height and placed by script.

import { rowsInSight, scrolledTo } from "../state/virtual.js";
import { element, reconcile } from "./dom.js";

/**
 * @template T
 * @typedef {{
 *   row_rem: number,
 *   key: (item: T) => string,
 *   create: (item: T) => HTMLElement,
 *   update: (made: HTMLElement, item: T, place: {at: number, selected: boolean}) => void,
 * }} Rows how a row is drawn; its height is the style sheet's too
 */

/**
 * @template T
 * @param {HTMLElement} list the listbox itself
 * @param {Rows<T>} rows
 */
export function createVirtualList(list, rows) {
  const drawn = new VirtualList(list, rows);
  return {
    /**
     * Shows these rows. The selected one is brought into sight when another one is selected, not when the list changes
     * around it.
     * @param {T[]} wanted
     * @param {string | null} selection
     */
    show: (wanted, selection) => drawn.show(wanted, selection),
    /** Rows of a page, less one that stays visible. */
    page: () => drawn.page,
    /** The key of the row something happened in. @param {Event} event */
    keyAt: (event) => (event.target instanceof Element ? event.target.closest("[role=option]")?.getAttribute("data-key") : null) ?? null,
  };
}

/** @template T */
class VirtualList {
  #list;
  #rows;
  #sizer;
  /** @type {T[]} */
  #items = [];
  /** @type {string | null} */
  #selected = null;
  /** @type {string | null} */
  #revealed = null;
  /** Heights of a row and of the list; read only when they may have changed, since reading forces a layout. */
  #height = 0;
  #inside = 0;
  #top = 0;

  /**
   * @param {HTMLElement} list
   * @param {Rows<T>} rows
   */
  constructor(list, rows) {
    this.#list = list;
    this.#rows = rows;
    this.#sizer = element("div", { class: "rows" });
    this.#sizer.setAttribute("role", "presentation");
    list.append(this.#sizer);
    new ResizeObserver(() => {
      this.#height = rows.row_rem * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
      this.#inside = list.clientHeight;
      this.#size();
      this.#draw();
      this.#reveal(this.#selected);
    }).observe(list);
    const drawSoon = oncePerFrame(() => {
      this.#top = list.scrollTop;
      this.#draw();
    });
    list.addEventListener("scroll", drawSoon, { passive: true });
  }

  get page() {
    return Math.max(Math.floor(this.#inside / this.#height) - 1, 1);
  }

  /**
   * @param {T[]} wanted
   * @param {string | null} selection
   */
  show(wanted, selection) {
    const shorter = wanted.length < this.#items.length;
    this.#items = wanted;
    this.#selected = selection;
    this.#size();
    // The browser itself scrolls back when the list becomes shorter.
    if (shorter) this.#top = this.#list.scrollTop;
    this.#draw();
    this.#reveal(selection);
  }

  #draw() {
    if (this.#height === 0) return;
    const { key, create, update } = this.#rows;
    const { first, end } = rowsInSight({ top: this.#top, height: this.#inside, row: this.#height, count: this.#items.length });
    const drawn = this.#items.slice(first, end);
    const places = new Map(drawn.map((item, i) => [item, first + i]));
    let active = "";
    reconcile(this.#sizer, drawn, key, create, (made, item) => {
      const at = places.get(item) ?? 0;
      const own = key(item) === this.#selected;
      place(made, at, this.#items.length, own);
      if (own) active = made.id;
      update(made, item, { at, selected: own });
    });
    if (active === "") this.#list.removeAttribute("aria-activedescendant");
    else this.#list.setAttribute("aria-activedescendant", active);
  }

  #size() {
    const wanted = `${this.#items.length * this.#height}px`;
    if (this.#sizer.style.height !== wanted) this.#sizer.style.height = wanted;
  }

  /** @param {string | null} selection */
  #reveal(selection) {
    if (selection === this.#revealed || this.#inside === 0) return;
    this.#revealed = selection;
    const at = this.#items.findIndex((item) => this.#rows.key(item) === selection);
    if (at < 0) return;
    const wanted = scrolledTo({ top: this.#top, height: this.#inside, row: this.#height }, at);
    if (wanted === this.#top) return;
    this.#list.scrollTop = wanted;
    this.#top = this.#list.scrollTop;
    this.#draw();
  }
}

/**
 * @param {HTMLElement} made
 * @param {number} at
 * @param {number} count
 * @param {boolean} selected
 */
function place(made, at, count, selected) {
  const wanted = { role: "option", "aria-posinset": String(at + 1), "aria-setsize": String(count), "aria-selected": String(selected) };
  for (const [name, value] of Object.entries(wanted)) {
    if (made.getAttribute(name) !== value) made.setAttribute(name, value);
  }
  const top = `calc(${at} * var(--row))`;
  if (made.dataset.top !== top) {
    made.dataset.top = top;
    made.style.setProperty("top", top);
  }
}

/** @param {() => void} work */
function oncePerFrame(work) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      work();
    });
  };
}
