// What lies over the text: the cursor, the selection, the mark chosen, and handles at both ends for mouse and finger.

import { element } from "../dom.js";

/** Most lines of a selection that are drawn; no screen shows more. */
const LINES_MAX = 400;

/**
 * @typedef {import("./text-view.js").Box} Box
 * @typedef {{kind: "cursor" | "selection" | "chosen", boxes: Box[], handles: boolean, moving: "start" | "end" | null}} Shown
 */

/** @param {HTMLElement} layer lies exactly over the text */
export function createOverlay(layer) {
  const [start, end] = (/** @type {const} */ (["start", "end"])).map((border) => {
    const made = element("span", { class: `handle ${border}` });
    made.dataset.border = border;
    return made;
  });
  if (!start || !end) throw new Error("A mark has two ends.");

  return {
    /** @param {Shown | null} shown */
    draw(shown) {
      if (!shown || shown.boxes.length === 0) {
        layer.replaceChildren();
        return;
      }
      const origin = layer.getBoundingClientRect();
      const made = shown.boxes.slice(0, LINES_MAX).map((box, i, all) => {
        const line = element("span", { class: `box ${shown.kind}` });
        line.classList.toggle("first", i === 0);
        line.classList.toggle("last", i === all.length - 1);
        put(line, box, origin);
        return line;
      });
      layer.replaceChildren(...made, ...(shown.handles ? [start, end] : []));
      if (!shown.handles) return;
      const [first, last] = [shown.boxes[0], shown.boxes.at(-1)];
      if (first) put(start, { ...first, right: first.left }, origin);
      if (last) put(end, { ...last, left: last.right }, origin);
      start.classList.toggle("moving", shown.moving === "start");
      end.classList.toggle("moving", shown.moving === "end");
    },
    /** Scrolls whatever scrolls so that the place is seen. @param {"first" | "last"} side */
    reveal(side) {
      const boxes = [...layer.querySelectorAll(".box")];
      (side === "first" ? boxes[0] : boxes.at(-1))?.scrollIntoView({ block: "nearest", inline: "nearest" });
    },
  };
}

/**
 * @param {HTMLElement} made
 * @param {Box} box
 * @param {{left: number, top: number}} origin
 */
function put(made, { left, top, right, bottom }, origin) {
  made.style.setProperty("left", `${left - origin.left}px`);
  made.style.setProperty("top", `${top - origin.top}px`);
  made.style.setProperty("width", `${right - left}px`);
  made.style.setProperty("height", `${bottom - top}px`);
}
