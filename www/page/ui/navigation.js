// Jumps inside the page. The address's fragment names the workspace, so they move the focus instead of changing it.

/** @param {HTMLElement} root */
export function mountNavigation(root) {
  root.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-goto]") : null;
    if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey) return;
    const target = document.getElementById(link.dataset.goto ?? "");
    if (!target) return;
    event.preventDefault();
    target.focus({ preventScroll: true });
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    target.scrollIntoView({ block: "start", behavior: still ? "instant" : "smooth" });
  });
}
