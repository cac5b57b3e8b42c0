// A part that unfolds over the page below its button: Escape and a press elsewhere fold it again.

/** @param {HTMLDetailsElement} area */
export function mountFolding(area) {
  const over = () => getComputedStyle(area).getPropertyValue("--over").trim() === "yes";
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !area.open || !over()) return;
    area.open = false;
    area.querySelector("summary")?.focus();
  });
  area.ownerDocument.addEventListener("pointerdown", (event) => {
    if (area.open && over() && event.target instanceof Node && !area.contains(event.target)) area.open = false;
  });
}
