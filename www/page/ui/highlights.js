// Places in a drawn text, highlighted without changing it.

/** Elements inside a drawn text whose words are no part of it. */
const NOT_TEXT = ".tag, .visually-hidden, button";

/**
 * The ranges of these places in a drawn text, in order; offsets count UTF-16 code units of the text.
 * @param {HTMLElement} drawn
 * @param {{start: number, end: number}[]} places sorted by their start, without overlaps
 * @returns {Range[]}
 */
export function rangesIn(drawn, places) {
  const walker = document.createTreeWalker(drawn, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement?.closest(NOT_TEXT) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  /** @type {Range[]} */
  const ranges = [];
  /** @type {Range | null} */
  let open = null;
  let offset = 0;
  let next = 0;
  for (let node = /** @type {Text | null} */ (walker.nextNode()); node && next < places.length; node = /** @type {Text | null} */ (walker.nextNode())) {
    const end = offset + node.length;
    for (let place = places[next]; place && (open ? place.end : place.start) <= end; place = places[next]) {
      if (!open) {
        if (place.start === end) break;
        open = document.createRange();
        open.setStart(node, place.start - offset);
      }
      if (place.end > end) break;
      open.setEnd(node, place.end - offset);
      ranges.push(open);
      open = null;
      next += 1;
    }
    offset = end;
  }
  return ranges;
}

/**
 * Highlights ranges under a name that the style sheet styles as ::highlight(name). Does nothing where browsers lack it.
 * @param {string} name
 * @param {Range[]} ranges
 */
export function highlight(name, ranges) {
  if (!("highlights" in CSS)) return;
  if (ranges.length === 0) CSS.highlights.delete(name);
  else CSS.highlights.set(name, new Highlight(...ranges));
}
