// What this page is and what to do next; steps that are done are ticked, and it is shortened once there are notes.

import { whenChanged } from "./dom.js";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountIntro(root, { store }) {
  const steps = [...root.querySelectorAll("[data-step]")].filter((step) => step instanceof HTMLElement);

  store.draw(
    whenChanged(
      (state) => [state.notes.length > 0, state.has_model, state.enrolled.length > 0],
      (_, notes, model, joined) => {
        root.classList.toggle("brief", notes);
        /** @type {Record<string, boolean>} */
        const done = { notes, train: model, join: joined };
        const next = ["notes", "train", "join"].find((step) => !done[step]);
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
