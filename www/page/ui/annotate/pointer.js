// Mouse, pen and finger over the text: a drag selects tokens, a click chooses, a long press begins a selection by
// touch, and handles move borders.

/** A smaller movement of a finger or mouse does not count as one. */
const STILL_PX = 6;
const LONG_PRESS_MS = 400;
/** Near the edge of what is seen, a drag scrolls. */
const EDGE_PX = 28;
const SCROLL_PX = 14;

/**
 * @typedef {{
 *   tokenAt: (x: number, y: number) => {token: number, inside: boolean} | null,
 *   drag: (from: number, to: number) => void,
 *   dragged: (from: number, to: number) => void,
 *   click: (token: number, inside: boolean, times: number, touch: boolean) => void,
 *   tag: (key: string) => void,
 *   border: (border: "start" | "end", token: number, done: boolean) => void,
 *   cancelled: () => void,
 * }} Handlers
 */

/**
 * @typedef {{id: number, x: number, y: number, from: number, inside: boolean, border: "start" | "end" | null,
 *   selecting: boolean, touch: boolean, timer: number}} Press a button or finger that is down
 */

/**
 * @param {HTMLElement} surface holds the text and the overlay, and takes the events
 * @param {HTMLElement} scroller
 * @param {Handlers} handlers
 */
export function watchPointer(surface, scroller, handlers) {
  const pointer = new Pointer(surface, scroller, handlers);
  surface.addEventListener("pointerdown", (event) => pointer.down(event));
  surface.addEventListener("mousedown", (event) => {
    // Prevents the browser's own selection; the focus is set here instead.
    if (event.button === 0) event.preventDefault();
  });
  surface.addEventListener("pointermove", (event) => pointer.move(event));
  surface.addEventListener("pointerup", (event) => pointer.up(event));
  // The browser counts clicks, by the person's own double-click speed. It gives no "click" where the text was drawn again
  // while the button was down, as it is whenever the model has looked at it.
  surface.addEventListener("mouseup", (event) => pointer.clicked(event.detail));
  surface.addEventListener("pointercancel", () => pointer.cancel());
  // A drag that began with a long press selects; the page must not scroll along.
  surface.addEventListener("touchmove", (event) => pointer.press?.selecting && event.preventDefault(), { passive: false });
  surface.addEventListener("contextmenu", (event) => pointer.press?.touch && event.preventDefault());
}

class Pointer {
  #surface;
  #scroller;
  #handlers;
  /** @type {Press | null} */
  press = null;
  /** @type {{from: number, inside: boolean} | null} */
  #clicked = null;
  #last = { x: 0, y: 0 };
  #scrolling = 0;

  /**
   * @param {HTMLElement} surface
   * @param {HTMLElement} scroller
   * @param {Handlers} handlers
   */
  constructor(surface, scroller, handlers) {
    this.#surface = surface;
    this.#scroller = scroller;
    this.#handlers = handlers;
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (!event.isPrimary || event.button !== 0) return;
    const target = event.target instanceof HTMLElement ? event.target : null;
    const tag = target?.closest(".tag");
    if (tag instanceof HTMLElement && tag.dataset.mark !== undefined) {
      event.preventDefault();
      this.#handlers.tag(tag.dataset.mark);
      return;
    }
    const touch = event.pointerType === "touch";
    const border = /** @type {"start" | "end" | undefined} */ (target?.closest(".handle") ? target.dataset.border : undefined) ?? null;
    this.#clicked = null;
    const hit = this.#handlers.tokenAt(event.clientX, event.clientY);
    if (!hit) return;
    const { clientX: x, clientY: y, pointerId: id } = event;
    this.press = { id, x, y, from: hit.token, inside: hit.inside, border, selecting: false, touch, timer: 0 };
    this.#last = { x, y };
    if (touch && !border) this.press.timer = window.setTimeout(() => this.#longPress(), LONG_PRESS_MS);
    // A mouse selects tokens instead of the browser's selection; a finger may still scroll.
    if (!touch || border) this.#surface.setPointerCapture(id);
  }

  #longPress() {
    const { press } = this;
    if (!press) return;
    press.selecting = true;
    this.#surface.setPointerCapture(press.id);
    navigator.vibrate?.(10);
    this.#handlers.drag(press.from, press.from);
  }

  /** @param {PointerEvent} event */
  move(event) {
    const { press } = this;
    if (!press || event.pointerId !== press.id) return;
    this.#last = { x: event.clientX, y: event.clientY };
    const still = Math.hypot(this.#last.x - press.x, this.#last.y - press.y) < STILL_PX;
    if (!press.selecting && !still) {
      if (press.touch && !press.border) return this.#letGo();
      press.selecting = true;
    }
    if (press.selecting && !still) this.#follow();
  }

  #follow() {
    const { press } = this;
    if (!press) return;
    const hit = this.#handlers.tokenAt(this.#last.x, this.#last.y);
    if (hit && press.border) this.#handlers.border(press.border, hit.token, false);
    else if (hit) this.#handlers.drag(press.from, hit.token);
    if (this.#scrolling === 0) this.#scrolling = requestAnimationFrame(() => this.#scrollAtEdge());
  }

  #scrollAtEdge() {
    this.#scrolling = 0;
    if (!this.press?.selecting) return;
    const { top, bottom } = this.#scroller.getBoundingClientRect();
    const upper = Math.max(top, 0) + EDGE_PX;
    const lower = Math.min(bottom, innerHeight) - EDGE_PX;
    const by = this.#last.y < upper ? -SCROLL_PX : this.#last.y > lower ? SCROLL_PX : 0;
    if (by === 0) return;
    const before = this.#scroller.scrollTop;
    this.#scroller.scrollTop += by;
    if (this.#scroller.scrollTop !== before) this.#follow();
  }

  /** @param {PointerEvent} event */
  up(event) {
    if (!this.press || event.pointerId !== this.press.id) return;
    const { from, inside, border, selecting, touch } = this.press;
    this.#letGo();
    const hit = this.#handlers.tokenAt(event.clientX, event.clientY);
    if (border && selecting) this.#handlers.border(border, hit?.token ?? from, true);
    else if (selecting) this.#handlers.dragged(from, hit?.token ?? from);
    else if (touch) this.#handlers.click(from, inside, 1, touch);
    else this.#clicked = { from, inside };
  }

  /** @param {number} times */
  clicked(times) {
    const where = this.#clicked;
    this.#clicked = null;
    if (where) this.#handlers.click(where.from, where.inside, times, false);
  }

  cancel() {
    const was = this.press;
    this.#letGo();
    if (was?.selecting) this.#handlers.cancelled();
  }

  #letGo() {
    if (this.press) clearTimeout(this.press.timer);
    this.press = null;
  }
}
