// Suggestions from another program's file: how many there are, and how good they are beside the own model.

import { count, counted, percent } from "../../state/format.js";
import { scoreOfPreannotations } from "../../state/preannotations.js";
import { element, part, setText, whenChanged } from "../dom.js";
import { mountFolding } from "../folding.js";

/**
 * @param {HTMLElement} area
 * @param {Page.Context} context
 */
export function mountPreannotations(area, { store, bus }) {
  if (area instanceof HTMLDetailsElement) mountFolding(area);
  const file = part(area, "preannotations-file", HTMLInputElement);
  const summary = part(area, "preannotations-summary");
  const score = part(area, "preannotations-score");
  const remove = part(area, "preannotations-remove", HTMLButtonElement);
  const problems = part(area, "preannotations-problems");
  file.addEventListener("change", () => {
    const chosen = file.files?.[0];
    if (chosen) bus.emit("import-preannotations", chosen);
    file.value = "";
  });
  remove.addEventListener("click", () => bus.emit("remove-preannotations", null));
  store.draw(
    whenChanged(
      (state) => [state.notes, state.preannotations, state.models, state.writable],
      (state, notes, preannotations, models, writable) => {
        area.hidden = notes.length === 0;
        file.disabled = !writable;
        remove.disabled = !writable || !preannotations;
        setText(summary, summaryText(preannotations));
        setText(score, preannotations ? scoreText(scoreOfPreannotations(state), models?.own?.scores?.strict.f1 ?? null) : "");
        problems.hidden = (preannotations?.problems.length ?? 0) === 0;
        problems.replaceChildren(...(preannotations?.problems ?? []).map((problem) => element("li", {}, problem)));
      },
    ),
  );
}

/** @param {Page.Preannotations | null} preannotations */
function summaryText(preannotations) {
  if (!preannotations) return "No file was chosen yet.";
  const all = Object.values(preannotations.notes);
  const marks = all.reduce((sum, list) => sum + list.length, 0);
  return `${preannotations.name}: ${counted(marks, "suggestion")} in ${counted(all.length, "note")}.`;
}

/**
 * @param {{notes: number, of: number, f1: number | null}} score
 * @param {number | null} own
 */
function scoreText({ notes, of, f1 }, own) {
  if (of === 0) return "There is no held-out note to score it on.";
  if (f1 === null) return `It says nothing about the ${counted(of, "held-out note")}.`;
  const model = own === null ? "there is no own model yet" : `the own model’s is ${percent(own)} on all of them`;
  return `F1 on ${count(notes)} of ${counted(of, "held-out note")}: ${percent(f1)}; ${model}.`;
}
