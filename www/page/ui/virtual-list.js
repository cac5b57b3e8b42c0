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
export function createVirtualList(list, { row_rem, key, create, update }) {
  const sizer = element("div", { class: "rows" });
  sizer.setAttribute("role", "presentation");
  list.append(sizer);
  /** @type {T[]} */
  let items = [];
  /** @type {string | null} */
  let selected = null;
  /** @type {string | null} */
  let revealed = null;
  /** Heights of a row and of the list; read only when they may have changed, since reading forces a layout. */
  let height = 0;
  let inside = 0;
  let top = 0;

  function draw() {
    if (height === 0) return;
    const { first, end } = rowsInSight({ top, height: inside, row: height, count: items.length });
    const drawn = items.slice(first, end);
    const places = new Map(drawn.map((item, i) => [item, first + i]));
    let active = "";
    reconcile(sizer, drawn, key, create, (made, item) => {
      const at = places.get(item) ?? 0;
      const own = key(item) === selected;
      place(made, at, items.length, own);
      if (own) active = made.id;
      update(made, item, { at, selected: own });
    });
    if (active === "") list.removeAttribute("aria-activedescendant");
    else list.setAttribute("aria-activedescendant", active);
  }

  function size() {
    const wanted = `${items.length * height}px`;
    if (sizer.style.height !== wanted) sizer.style.height = wanted;
  }

  /** @param {string | null} selection */
  function reveal(selection) {
    if (selection === revealed || inside === 0) return;
    revealed = selection;
    const at = items.findIndex((item) => key(item) === selection);
    if (at < 0) return;
    const wanted = scrolledTo({ top, height: inside, row: height }, at);
    if (wanted === top) return;
    list.scrollTop = wanted;
    top = list.scrollTop;
    draw();
  }

  new ResizeObserver(() => {
    height = row_rem * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    inside = list.clientHeight;
    size();
    draw();
    reveal(selected);
  }).observe(list);
  const drawSoon = oncePerFrame(() => {
    top = list.scrollTop;
    draw();
  });
  list.addEventListener("scroll", drawSoon, { passive: true });

  return {
    /**
     * Shows these rows. The selected one is brought into sight when another one is selected, not when the list changes
     * around it.
     * @param {T[]} wanted
     * @param {string | null} selection
     */
    show(wanted, selection) {
      const shorter = wanted.length < items.length;
      items = wanted;
      selected = selection;
      size();
      // The browser itself scrolls back when the list becomes shorter.
      if (shorter) top = list.scrollTop;
      draw();
      reveal(selection);
    },
    /** Rows of a page, less one that stays visible. */
    page: () => Math.max(Math.floor(inside / height) - 1, 1),
    /** The key of the row something happened in. @param {Event} event */
    keyAt: (event) => (event.target instanceof Element ? event.target.closest("[role=option]")?.getAttribute("data-key") : null) ?? null,
  };
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
