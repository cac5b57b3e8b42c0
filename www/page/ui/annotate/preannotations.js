// Suggestions from another program's file: how many there are, and how good they are beside the own model.

import { text as words } from "../../language/language.js";
import { percent } from "../../state/format.js";
import { scoreOfPreannotations } from "../../state/preannotations.js";
import { element, part, saidNode, setText, whenChanged } from "../dom.js";
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
        problems.replaceChildren(...(preannotations?.problems ?? []).map((problem) => element("li", {}, saidNode(problem))));
      },
    ),
  );
}

/** @param {Page.Preannotations | null} preannotations */
function summaryText(preannotations) {
  if (!preannotations) return words("theirs.none");
  const all = Object.values(preannotations.notes);
  const marks = all.reduce((sum, list) => sum + list.length, 0);
  return words("theirs.summary", { file: preannotations.name, count: marks, notes: all.length });
}

/**
 * @param {{notes: number, of: number, f1: number | null}} score
 * @param {number | null} own
 */
function scoreText({ notes, of, f1 }, own) {
  if (of === 0) return words("theirs.no-held-out");
  if (f1 === null) return words("theirs.nothing-said", { count: of });
  const score = { scored: notes, count: of, f1: percent(f1) };
  return own === null ? words("theirs.score", score) : words("theirs.score-own", { ...score, own: percent(own) });
}
