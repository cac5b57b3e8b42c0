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
 * }} Doing
 */

/**
 * @param {HTMLElement} surface holds the text and the overlay, and takes the events
 * @param {HTMLElement} scroller
 * @param {Doing} doing
 */
export function watchPointer(surface, scroller, doing) {
  /** @type {{id: number, x: number, y: number, from: number, inside: boolean, border: "start" | "end" | null, selecting: boolean, touch: boolean, timer: number} | null} */
  let press = null;
  /** @type {{from: number, inside: boolean} | null} */
  let clicked = null;
  let last = { x: 0, y: 0 };
  let scrolling = 0;

  surface.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    const target = event.target instanceof HTMLElement ? event.target : null;
    const tag = target?.closest(".tag");
    if (tag instanceof HTMLElement && tag.dataset.mark !== undefined) {
      event.preventDefault();
      doing.tag(tag.dataset.mark);
      return;
    }
    const touch = event.pointerType === "touch";
    const border = /** @type {"start" | "end" | undefined} */ (target?.closest(".handle") ? target.dataset.border : undefined) ?? null;
    clicked = null;
    const hit = doing.tokenAt(event.clientX, event.clientY);
    if (!hit) return;
    const { clientX: x, clientY: y, pointerId: id } = event;
    press = { id, x, y, from: hit.token, inside: hit.inside, border, selecting: false, touch, timer: 0 };
    last = { x, y };
    if (touch && !border) press.timer = window.setTimeout(longPress, LONG_PRESS_MS);
    // A mouse selects tokens instead of the browser's selection; a finger may still scroll.
    if (!touch || border) surface.setPointerCapture(id);
  });
  surface.addEventListener("mousedown", (event) => {
    // Prevents the browser's own selection; the focus is set here instead.
    if (event.button === 0) event.preventDefault();
  });

  function longPress() {
    if (!press) return;
    press.selecting = true;
    surface.setPointerCapture(press.id);
    navigator.vibrate?.(10);
    doing.drag(press.from, press.from);
  }

  surface.addEventListener("pointermove", (event) => {
    if (!press || event.pointerId !== press.id) return;
    last = { x: event.clientX, y: event.clientY };
    const still = Math.hypot(last.x - press.x, last.y - press.y) < STILL_PX;
    if (!press.selecting && !still) {
      if (press.touch && !press.border) return letGo();
      press.selecting = true;
    }
    if (press.selecting && !still) follow();
  });

  function follow() {
    if (!press) return;
    const hit = doing.tokenAt(last.x, last.y);
    if (hit && press.border) doing.border(press.border, hit.token, false);
    else if (hit) doing.drag(press.from, hit.token);
    if (scrolling === 0) scrolling = requestAnimationFrame(scrollAtEdge);
  }

  function scrollAtEdge() {
    scrolling = 0;
    if (!press?.selecting) return;
    const { top, bottom } = scroller.getBoundingClientRect();
    const upper = Math.max(top, 0) + EDGE_PX;
    const lower = Math.min(bottom, innerHeight) - EDGE_PX;
    const by = last.y < upper ? -SCROLL_PX : last.y > lower ? SCROLL_PX : 0;
    if (by === 0) return;
    const before = scroller.scrollTop;
    scroller.scrollTop += by;
    if (scroller.scrollTop !== before) follow();
  }

  surface.addEventListener("pointerup", (event) => {
    if (!press || event.pointerId !== press.id) return;
    const { from, inside, border, selecting, touch } = press;
    letGo();
    const hit = doing.tokenAt(event.clientX, event.clientY);
    if (border && selecting) doing.border(border, hit?.token ?? from, true);
    else if (selecting) doing.dragged(from, hit?.token ?? from);
    else if (touch) doing.click(from, inside, 1, touch);
    else clicked = { from, inside };
  });
  surface.addEventListener("mouseup", (event) => {
    // The browser counts clicks, by the person's own double-click speed. It gives no "click" where the text was drawn anew
    // while the button was down, as it is whenever the model has looked at it.
    if (clicked) doing.click(clicked.from, clicked.inside, event.detail, false);
    clicked = null;
  });
  surface.addEventListener("pointercancel", () => {
    const was = press;
    letGo();
    if (was?.selecting) doing.cancelled();
  });
  // A drag that began with a long press selects; the page must not scroll along.
  surface.addEventListener("touchmove", (event) => press?.selecting && event.preventDefault(), { passive: false });
  surface.addEventListener("contextmenu", (event) => press?.touch && event.preventDefault());

  function letGo() {
    if (press) clearTimeout(press.timer);
    press = null;
  }
}
