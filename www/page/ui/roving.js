// A list whose controls are one stop of the Tab key: the arrow keys go through them (WAI-ARIA, roving tabindex).

const CONTROLS = "button, input, a[href]";

/** @param {HTMLElement} list its children are the rows */
export function mountRoving(list) {
  /** The control that the Tab key comes to. @type {HTMLElement | null} */
  let current = null;

  const rows = () => [...list.children].map(controlsOf).filter((controls) => controls.length > 0);

  /** @param {HTMLElement | null} wanted */
  function choose(wanted) {
    current = wanted;
    for (const control of rows().flat()) control.tabIndex = control === wanted ? 0 : -1;
  }
  function refresh() {
    const all = rows().flat();
    if (current === null || !all.includes(current)) current = all[0] ?? null;
    for (const control of all) {
      const wanted = control === current ? 0 : -1;
      if (control.tabIndex !== wanted) control.tabIndex = wanted;
    }
  }

  list.addEventListener("focusin", (event) => {
    if (event.target instanceof HTMLElement && event.target.matches(CONTROLS)) choose(event.target);
  });
  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const wanted = destination(rows(), event);
    if (!wanted) return;
    event.preventDefault();
    wanted.focus();
  });
  new MutationObserver(refresh).observe(list, { childList: true, subtree: true, attributeFilter: ["disabled"] });
  refresh();
}

/**
 * @param {HTMLElement[][]} rows
 * @param {KeyboardEvent} event
 * @returns {HTMLElement | null}
 */
function destination(rows, { key, target }) {
  const y = rows.findIndex((row) => row.some((control) => control === target));
  if (y < 0) return null;
  const x = (rows[y] ?? []).findIndex((control) => control === target);
  const beside = (/** @type {number} */ to) => rows[to]?.[Math.min(x, (rows[to]?.length ?? 1) - 1)] ?? null;
  switch (key) {
    case "ArrowDown":
      return beside(y + 1);
    case "ArrowUp":
      return beside(y - 1);
    case "ArrowRight":
      return rows[y]?.[x + 1] ?? null;
    case "ArrowLeft":
      return rows[y]?.[x - 1] ?? null;
    case "Home":
      return beside(0);
    case "End":
      return beside(rows.length - 1);
    default:
      return null;
  }
}

/** @param {Element} row */
function controlsOf(row) {
  const found = [...row.querySelectorAll(CONTROLS)].filter((control) => control instanceof HTMLElement);
  return found.filter((control) => !control.hasAttribute("disabled"));
}
