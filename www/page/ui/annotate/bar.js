// A small bar beside what was chosen by mouse or finger: the labels to mark it with, and what else can be done.

import { language, text } from "../../language/language.js";
import { tintOf } from "../../state/labels.js";
import { button, element } from "../dom.js";

/** Labels offered at once; the others are in the list with the search. */
const LABELS_SHOWN = 6;
/** Between the bar and the words it is for. */
const GAP_PX = 10;

/**
 * @typedef {import("./text-view.js").Box} Box
 * @typedef {{label: (name: string) => void, pick: () => void, remove: () => void, repeats: () => void, command: (id: string) => void}} Handlers
 */

/**
 * @param {HTMLElement} bar
 * @param {Handlers} handlers
 */
export function mountBar(bar, handlers) {
  // The focus stays in the text, so that keys keep working there.
  bar.addEventListener("mousedown", (event) => event.preventDefault());
  let shown = "";
  // On a narrow screen it is fixed to the lower edge, and would stay while another part of the page is shown.
  new IntersectionObserver((seen) => bar.classList.toggle("away", !seen.at(-1)?.isIntersecting)).observe(bar.parentElement ?? bar);

  return {
    hide() {
      bar.hidden = true;
      shown = "";
    },
    /**
     * @param {Box[]} boxes of the lines that are selected
     * @param {import("../../state/segments.js").Marked | null} mark
     * @param {Page.State} state
     */
    show(boxes, mark, { labels }) {
      if (boxes.length === 0) return this.hide();
      const content = JSON.stringify([labels, mark?.label, mark?.suggested, language()]);
      if (content !== shown) bar.replaceChildren(...contents(mark, labels));
      shown = content;
      bar.setAttribute("aria-label", mark ? text("bar.chosen", { label: mark.label }) : text("bar.mark-as"));
      bar.hidden = false;
      place(bar, boxes);
    },
  };

  /**
   * @param {import("../../state/segments.js").Marked | null} mark
   * @param {Page.LabelDefinition[]} labels
   */
  function contents(mark, labels) {
    // A chosen mark is changed to one of a few, or by the list: the bar must not hide the text.
    const offered = mark && labels.length > LABELS_SHOWN ? [] : labels.slice(0, LABELS_SHOWN);
    const chips = offered.map((label) => {
      const chip = button(label.name, () => handlers.label(label.name), { class: `chip-button ${tintOf(label.colour)}` });
      if (label.key) chip.append(element("kbd", {}, label.key.toUpperCase()));
      if (mark) chip.setAttribute("aria-pressed", String(mark.label === label.name));
      return chip;
    });
    const more = keyed(text(labels.length === 0 ? "bar.new-label" : offered.length > 0 ? "bar.more" : "bar.change"), "↵", handlers.pick);
    const rest = mark?.suggested
      ? [keyed(text("bar.accept"), "A", () => handlers.command("accept")), keyed(text("bar.reject"), "X", () => handlers.command("reject"))]
      : mark
        ? [keyed(text("bar.repeats"), "R", handlers.repeats), keyed(text("bar.remove"), "⌫", handlers.remove)]
        : [keyed(text("bar.repeats"), "R", handlers.repeats)];
    return [...chips, more, element("span", { class: "divider" }), ...rest];
  }
}

/**
 * @param {string} says
 * @param {string} key
 * @param {() => void} act
 */
function keyed(says, key, act) {
  const made = button(says, act, { class: "quiet" });
  const shown = element("kbd", {}, key);
  shown.setAttribute("aria-hidden", "true");
  made.append(shown);
  return made;
}

/**
 * Above the first line, over words that have been read already: those that follow are marked next. Only where the first
 * line is out of sight, or right below the header, it is put below the last one.
 * @param {HTMLElement} bar
 * @param {Box[]} boxes
 */
function place(bar, boxes) {
  const [first, last] = [boxes[0], boxes.at(-1)];
  if (!first || !last) return;
  const parent = /** @type {HTMLElement} */ (bar.offsetParent ?? bar.parentElement);
  const origin = parent.getBoundingClientRect();
  const above = first.top - GAP_PX - bar.offsetHeight;
  const free = Number.parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
  const seen = first.top >= origin.top && above >= Math.min(free, origin.top);
  const [line, top] = seen ? [first, above] : [last, last.bottom + GAP_PX];
  const lowest = Math.min(origin.bottom, innerHeight) - bar.offsetHeight;
  const left = Math.min(Math.max(line.left - origin.left, 0), Math.max(origin.width - bar.offsetWidth, 0));
  bar.style.setProperty("top", `${Math.min(top, lowest) - origin.top}px`);
  bar.style.setProperty("left", `${left}px`);
}
