// The borders between the list, the text and the labels: dragged, or moved by the arrow keys.

import { part, whenChanged } from "./dom.js";

/** Narrowest and widest pane beside the text, and one step of an arrow key, in rem. */
const WIDTH_MIN_REM = 11;
const WIDTH_MAX_REM = 32;
const STEP_REM = 1;
/** One pane is below the other up to this width; the style sheet says the same. */
const NARROW = "(max-width: 62rem)";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountPanes(root, context) {
  const reader = part(root, "reader");
  const list = part(root, "list-side");
  mountBorder(reader, part(root, "list-border"), context, { pane: "list", beside: list, towards: 1 });
  mountBorder(reader, part(root, "labels-border"), context, { pane: "labels", beside: part(root, "label-side"), towards: -1 });
  // On a narrow screen the text is first, in the order of the Tab key, too.
  const narrow = matchMedia(NARROW);
  const order = () => (narrow.matches ? reader.append(list) : reader.prepend(list));
  narrow.addEventListener("change", order);
  order();
}

/**
 * @param {HTMLElement} reader
 * @param {HTMLElement} border
 * @param {Page.Context} context
 * @param {{pane: keyof Page.Panes, beside: HTMLElement, towards: 1 | -1}} which
 *   `towards`: 1 where the pane grows to the right
 */
function mountBorder(reader, border, { store, bus }, { pane, beside, towards }) {
  const rem = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const width = () => beside.getBoundingClientRect().width / rem();
  /** @param {number} wanted */
  const set = (wanted) => bus.emit("set-panes", { [pane]: Math.min(Math.max(wanted, WIDTH_MIN_REM), WIDTH_MAX_REM) });

  border.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    border.setPointerCapture(event.pointerId);
    const [from, before] = [event.clientX, width()];
    const move = (/** @type {PointerEvent} */ { clientX }) => set(before + (towards * (clientX - from)) / rem());
    border.addEventListener("pointermove", move);
    border.addEventListener("lostpointercapture", () => border.removeEventListener("pointermove", move), { once: true });
    event.preventDefault();
  });
  border.addEventListener("dblclick", () => bus.emit("set-panes", { [pane]: null }));
  border.addEventListener("keydown", (event) => {
    const step = /** @type {Record<string, number>} */ ({ ArrowLeft: -STEP_REM, ArrowRight: STEP_REM })[event.key];
    if (step === undefined) return;
    event.preventDefault();
    set(width() + towards * step);
  });
  border.setAttribute("aria-valuemin", String(WIDTH_MIN_REM));
  border.setAttribute("aria-valuemax", String(WIDTH_MAX_REM));
  store.draw(
    whenChanged(
      (state) => [state.settings.panes[pane], state.notes.length > 0],
      (_, wanted, _notes) => {
        if (wanted === null) reader.style.removeProperty(`--${pane}-width`);
        else reader.style.setProperty(`--${pane}-width`, `${wanted}rem`);
        const now = wanted ?? width();
        border.setAttribute("aria-valuenow", String(Math.round(Math.max(now, WIDTH_MIN_REM))));
      },
    ),
  );
}
