// Scores of the model in use by label.

import { text as words } from "../language/language.js";
import { count, percent } from "../state/format.js";
import { tint } from "../state/labels.js";
import { scoresInUse } from "../state/models.js";
import { element, part, whenChanged } from "./dom.js";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountScores(root, { store }) {
  const body = /** @type {HTMLElement} */ (part(root, "scores").querySelector("tbody"));
  const empty = part(root, "scores-empty");
  const scroll = part(root, "scores-scroll");

  store.draw(
    whenChanged(
      (state) => [scoresInUse(state), state.labels],
      (_, scores, labels) => {
        empty.hidden = scores !== null;
        scroll.hidden = scores === null;
        if (!scores) return;
        const support = scores.by_label.reduce((sum, label) => sum + label.support, 0);
        body.replaceChildren(
          ...scores.by_label.map((label) => {
            const chip = element("span", { class: `chip ${tint(labels, label.label)}` }, label.label);
            return row(chip, label.strict, label.lenient, label.support);
          }),
          row(words("scores.all"), scores.strict, scores.lenient, support),
        );
        body.lastElementChild?.classList.add("total");
      },
    ),
  );
}

/**
 * @param {string | Node} name
 * @param {Fedner.Prf} strict
 * @param {Fedner.Prf} lenient
 * @param {number} support
 */
function row(name, strict, lenient, support) {
  const head = element("th", {}, name);
  head.scope = "row";
  const cells = [percent(strict.precision), percent(strict.recall), percent(strict.f1), percent(lenient.f1), count(support)];
  return element("tr", {}, head, ...cells.map((text) => element("td", { class: "num" }, text)));
}
