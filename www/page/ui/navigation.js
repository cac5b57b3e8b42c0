// The views behind the navigation: one is shown at a time. Its links are addresses, so the browser's history goes back.

import { lastingFragment } from "../state/fragment.js";
import { shownView, viewNamed } from "../state/views.js";
import { whenChanged } from "./dom.js";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountNavigation(root, { store }) {
  const views = elements(root, "[data-view]");
  const links = elements(root, "a[data-view-link]");
  /** Opened by a link: the focus follows, once it is shown. */
  let followed = false;

  for (const link of links) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      followed = true;
      // The address does not change then, and nobody else moves the focus.
      if (link.dataset.viewLink === shownView(store.get())) follow();
    });
  }
  root.querySelector("a.skip")?.addEventListener("click", (event) => {
    event.preventDefault();
    follow();
  });

  function follow() {
    followed = false;
    views.find((view) => !view.hidden)?.focus({ preventScroll: true });
    scrollTo({ top: 0 });
  }

  store.draw(
    whenChanged(
      (state) => [shownView(state), state.workspace, state.notes.length > 0],
      (_, shown, workspace, notes) => {
        root.dataset.shown = shown;
        root.classList.toggle("has-notes", notes);
        for (const view of views) view.hidden = view.dataset.view !== shown;
        for (const link of links) {
          const view = viewNamed(link.dataset.viewLink ?? null);
          link.setAttribute("href", lastingFragment(workspace, view));
          if (view === shown) link.setAttribute("aria-current", "page");
          else link.removeAttribute("aria-current");
        }
        if (followed) follow();
      },
    ),
  );
}

/**
 * @param {HTMLElement} root
 * @param {string} selector
 */
function elements(root, selector) {
  return [...root.querySelectorAll(selector)].filter((found) => found instanceof HTMLElement);
}
