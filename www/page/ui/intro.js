// What this page is and what to do first: for a first visit, until there are notes. Steps that are done are ticked.

import { shownView } from "../state/views.js";
import { whenChanged } from "./dom.js";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountIntro(root, { store }) {
  const steps = [...root.querySelectorAll("[data-step]")].filter((step) => step instanceof HTMLElement);

  store.draw(
    whenChanged(
      (state) => [state.notes.length > 0, state.has_model, state.enrolled.length > 0, shownView(state)],
      (_, notes, model, joined, view) => {
        root.hidden = notes || view !== "notes";
        /** @type {Record<string, boolean>} */
        const done = { notes, mark: model, train: model, join: joined };
        const next = ["notes", "mark", "train", "join"].find((step) => !done[step]);
        for (const step of steps) {
          const name = step.dataset.step ?? "";
          step.classList.toggle("done", done[name] ?? false);
          if (name === next) step.setAttribute("aria-current", "step");
          else step.removeAttribute("aria-current");
        }
      },
    ),
  );
}
