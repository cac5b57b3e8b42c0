// The figures of the current run, the record of scores, and the engine's notices.

import { text as words } from "../language/language.js";
import { clock, count, loss, percent } from "../state/format.js";
import { scoresInUse, scoresText } from "../state/models.js";
import { leftText } from "../state/time-left.js";
import { element, part, saidNode, setText, whenChanged } from "./dom.js";

/** Rows of the history table and of the notices; newest first. */
const ROWS_MAX = 200;

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountProgress(root, { store }) {
  mountFigures(root, store);
  const rows = /** @type {HTMLElement} */ (part(root, "history").querySelector("tbody"));
  const notices = part(root, "notices");
  const noticeList = part(root, "notice-list");

  store.draw(
    whenChanged(
      (state) => [state.progress.history],
      (_, history) => {
        const newest = history.slice(-ROWS_MAX).reverse();
        rows.replaceChildren(...newest.map(historyRow));
      },
    ),
  );
  store.draw(
    whenChanged(
      (state) => [state.notices],
      (_, all) => {
        notices.hidden = all.length === 0;
        const newest = all.slice(-ROWS_MAX).reverse();
        noticeList.replaceChildren(
          ...newest.map((notice) => {
            return element("li", {}, element("span", { class: "muted" }, `${clock(notice.time_ms)} `), saidNode(notice.message));
          }),
        );
      },
    ),
  );
}

/**
 * @param {HTMLElement} root
 * @param {Page.Store} store
 */
function mountFigures(root, store) {
  const [round, epoch, step, lossNow, speed, start, now] = ["round", "epoch", "step", "loss", "words", "f1-start", "f1"].map(
    (id) => part(root, id),
  );
  const [precision, recall, inWords, left] = ["precision", "recall", "scores-in-words", "time-left"].map((id) => part(root, id));
  const bar = part(root, "run-progress", HTMLProgressElement);
  /** @param {HTMLElement | undefined} target @param {string} text */
  const show = (target, text) => target && setText(target, text);

  store.draw(
    whenChanged(
      (state) => [state.run, state.progress, state.models, state.settings],
      (state, run, progress, ..._changed) => {
        show(round, run.round > 0 ? count(run.round) : "–");
        show(epoch, run.epochs > 0 ? words("progress.of", { at: run.epoch, all: run.epochs }) : "–");
        show(step, run.steps > 0 ? words("progress.of", { at: run.step, all: run.steps }) : "–");
        show(lossNow, loss(run.loss ?? progress.losses.at(-1)?.loss));
        show(speed, run.words_per_s > 0 ? count(run.words_per_s) : "–");
        show(start, percent(progress.scores_start?.strict.f1));
        const scores = scoresInUse(state);
        show(now, percent(scores?.strict.f1));
        show(precision, percent(scores?.strict.precision));
        show(recall, percent(scores?.strict.recall));
        show(inWords, scoresText(scores));
        show(left, run.kind === "idle" ? "" : leftText(run));
        bar.hidden = run.kind === "idle" || run.steps === 0;
        bar.max = Math.max(run.steps, 1);
        bar.value = run.step;
      },
    ),
  );
}

/** @param {Page.HistoryEntry} entry */
function historyRow(entry) {
  const cells = [
    entry.round > 0 ? count(entry.round) : "–",
    entry.epoch > 0 ? count(entry.epoch) : "–",
    count(entry.step),
    loss(entry.loss),
    percent(entry.f1),
  ];
  const when = element("th", {}, `${words(`progress.when.${entry.when}`)}, ${clock(entry.time_ms)}`);
  when.scope = "row";
  return element("tr", {}, when, ...cells.map((text) => element("td", { class: "num" }, text)));
}
