// Two annotators: how far they agree, and their disagreements side by side, settled one after another by keys.

import { decimal, text } from "../language/language.js";
import { decided } from "../state/comparison.js";
import { count, percent } from "../state/format.js";
import { tint } from "../state/labels.js";
import { mountAdjudication } from "./compare-adjudicate.js";
import { element, part, saidNode, setText, whenChanged } from "./dom.js";

/** Rows drawn of what could not be compared. */
const ROWS_MAX = 100;

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountCompare(root, context) {
  const { store, bus } = context;
  const input = part(root, "compare-input", HTMLInputElement);
  const close = part(root, "compare-close", HTMLButtonElement);
  const area = part(root, "compare-area");
  const intro = part(root, "compare-intro");
  const link = document.getElementById("compare-link");
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    if (files.length > 0) bus.emit("compare", files);
    input.value = "";
  });
  close.addEventListener("click", () => bus.emit("compare-close", null));
  store.draw(
    whenChanged(
      (state) => [state.notes.length > 0, state.comparison !== null, state.comparing, state.engine === "up", state.writable],
      (_, notes, compared, comparing, ready, writable) => {
        if (link) link.hidden = !notes;
        area.hidden = !compared;
        close.hidden = !compared;
        intro.hidden = compared;
        input.disabled = comparing || !ready || !writable;
      },
    ),
  );
  mountFigures(root, store);
  mountLeftOut(root, store);
  mountAdjudication(root, context);
}

/**
 * @param {HTMLElement} root
 * @param {Page.Store} store
 */
function mountFigures(root, store) {
  const summary = part(root, "compare-summary");
  const body = /** @type {HTMLElement} */ (part(root, "agreement").querySelector("tbody"));
  store.draw(
    whenChanged(
      (state) => [state.comparing, state.comparison?.agreement, state.comparison?.name, state.labels],
      (_, comparing, agreement, name, labels) => {
        if (comparing) return setText(summary, text("compare.comparing"));
        setText(summary, agreement ? text("compare.compared", { count: agreement.documents, name: name ?? "" }) : "");
        if (!agreement) return;
        const rows = agreement.by_label.map(({ label, f1, kappa, support_a, support_b }) =>
          row(element("span", { class: `chip ${tint(labels, label)}` }, label), f1, kappa, support_a, support_b),
        );
        const supports = agreement.by_label.reduce((sum, { support_a, support_b }) => ({ a: sum.a + support_a, b: sum.b + support_b }), { a: 0, b: 0 });
        const total = row(text("compare.all-labels"), agreement.entity.f1, agreement.kappa, supports.a, supports.b);
        total.classList.add("total");
        body.replaceChildren(...rows, total);
      },
    ),
  );
  const progress = part(root, "compare-progress");
  const bar = part(root, "compare-bar", HTMLProgressElement);
  store.draw(
    whenChanged(
      (state) => [state.comparison, state.notes],
      (_, comparison, notes) => {
        if (!comparison) return;
        const all = comparison.agreement.disagreements.length;
        const settled = decided(comparison, notes);
        bar.max = Math.max(all, 1);
        bar.value = settled;
        setText(progress, all === 0 ? text("compare.agree") : text("compare.progress", { settled, count: all }));
      },
    ),
  );
}

/**
 * @param {Node | string} label
 * @param {number} f1
 * @param {number | null} kappa
 * @param {number} mine
 * @param {number} theirs
 */
function row(label, f1, kappa, mine, theirs) {
  const head = element("th", {}, label);
  head.scope = "row";
  const figures = [percent(f1), kappa === null ? "–" : decimal(kappa, 2), count(mine), count(theirs)];
  return element("tr", {}, head, ...figures.map((figure) => element("td", { class: "num" }, figure)));
}

/**
 * @param {HTMLElement} root
 * @param {Page.Store} store
 */
function mountLeftOut(root, store) {
  const area = part(root, "compare-left-out", HTMLDetailsElement);
  const summary = /** @type {HTMLElement} */ (area.querySelector("summary"));
  const list = /** @type {HTMLElement} */ (area.querySelector("ul"));
  store.draw(
    whenChanged(
      (state) => [state.comparison?.left_out, state.comparison?.problems],
      (_, left_out = [], problems = []) => {
        area.hidden = left_out.length + problems.length === 0;
        const parts = [left_out.length > 0 && text("compare.not-compared", { count: left_out.length }), problems.length > 0 && text("import.problems", { count: problems.length })];
        setText(summary, parts.filter(Boolean).join(", "));
        const notes = left_out.map(({ name, message }) => element("li", {}, element("strong", {}, name), " ", saidNode(message)));
        const lines = problems.map(({ file, line, message }) =>
          element("li", {}, element("strong", {}, line === null ? file : text("import.line", { file, line })), " ", saidNode(message)),
        );
        list.replaceChildren(...[...notes, ...lines].slice(0, ROWS_MAX));
      },
    ),
  );
}
