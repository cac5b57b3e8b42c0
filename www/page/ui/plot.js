// The plot: loss above, F1 below, over the same training steps. Two panels, so that neither scale misleads.

import { text as words } from "../language/language.js";
import { count, loss as lossText, percent } from "../state/format.js";
import { path, scale, smooth } from "../state/plot-scale.js";
import { part, setText, whenChanged } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
/** Width before layout; afterwards it is drawn at its real width, so that its text keeps its size. */
const WIDTH_BEFORE_LAYOUT = 640;
const HEIGHT = 300;
const MARGIN = { left: 44, right: 12, top: 20, bottom: 34 };
const GAP = 34;
const SMOOTHED_OVER = 15;
/** Redrawing a long curve at every step would slow training down. */
const REDRAW_EVERY_MS = 400;

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountPlot(root, { store }) {
  const target = part(root, "plot");
  const caption = part(root, "plot-caption");
  let drawn_ms = 0;
  let waiting = false;

  const redraw = () => {
    drawn_ms = performance.now();
    waiting = false;
    const { progress } = store.get();
    const width = target.clientWidth || WIDTH_BEFORE_LAYOUT;
    target.replaceChildren(...(progress.losses.length + progress.history.length > 0 ? [plot(progress, width)] : []));
    setText(caption, describe(progress));
  };
  const redrawSoon = () => {
    if (waiting) return;
    waiting = true;
    const due_ms = drawn_ms + REDRAW_EVERY_MS - performance.now();
    if (due_ms <= 0) redraw();
    else setTimeout(redraw, due_ms);
  };
  store.draw(whenChanged((state) => [state.progress], (..._changed) => redrawSoon()));
  let width = 0;
  new ResizeObserver(() => {
    if (target.clientWidth === width) return;
    width = target.clientWidth;
    // In the next frame: drawing changes the height that is observed.
    setTimeout(redrawSoon);
  }).observe(target);
}

/** @param {Page.Progress} progress */
function describe({ total_steps, losses, history }) {
  if (history.length + losses.length === 0) return words("plot.none");
  const first = history[0];
  const last = history.at(-1);
  const steps = words("plot.steps-here", { count: total_steps });
  return first && last ? `${steps} ${words("plot.scores", { first: percent(first.f1), last: percent(last.f1) })}` : steps;
}

/**
 * @param {Page.Progress} progress
 * @param {number} width
 */
function plot(progress, width) {
  const svg = make("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", class: "plot" });
  svg.setAttribute("aria-label", words("plot.label", { what: describe(progress) }));
  const middle = (HEIGHT - MARGIN.bottom + MARGIN.top) / 2;
  const x = scale(0, Math.max(progress.total_steps, 1), MARGIN.left, width - MARGIN.right, { wanted: width < 500 ? 3 : 6, least: 1 });
  drawLoss(svg, progress.losses, x, MARGIN.top, middle - GAP / 2);
  drawScores(svg, progress.history, x, middle + GAP / 2, HEIGHT - MARGIN.bottom);
  for (const tick of x.ticks) text(svg, x.at(tick), HEIGHT - MARGIN.bottom + 14, count(tick), "tick middle");
  text(svg, width - MARGIN.right, HEIGHT - 3, words("plot.steps"), "tick end");
  return svg;
}

/**
 * @param {SVGElement} svg
 * @param {Page.Loss[]} losses
 * @param {import("../state/plot-scale.js").Scale} x
 * @param {number} top
 * @param {number} bottom
 */
function drawLoss(svg, losses, x, top, bottom) {
  const highest = losses.reduce((most, point) => Math.max(most, point.loss), 0);
  const y = scale(0, highest > 0 ? highest : 1, bottom, top, { wanted: 3 });
  axis(svg, y, x, (tick) => lossText(tick).replace(/[.,]?0+$/, "") || "0");
  text(svg, MARGIN.left, top - 8, words("plot.loss"), "series");
  /** @param {Page.Loss[]} points */
  const line = (points) => path(points.map((point) => ({ x: x.at(point.step), y: y.at(point.loss) })));
  svg.append(make("path", { d: line(losses), class: "loss raw" }));
  svg.append(make("path", { d: line(smooth(losses, SMOOTHED_OVER)), class: "loss" }));
}

/**
 * @param {SVGElement} svg
 * @param {Page.HistoryEntry[]} history
 * @param {import("../state/plot-scale.js").Scale} x
 * @param {number} top
 * @param {number} bottom
 */
function drawScores(svg, history, x, top, bottom) {
  const y = scale(0, 1, bottom, top, { wanted: 2 });
  axis(svg, y, x, (tick) => percent(tick, 0));
  text(svg, MARGIN.left, top - 8, words("plot.f1"), "series");
  const points = history.map((entry) => ({ x: x.at(entry.step), y: y.at(entry.f1) }));
  svg.append(make("path", { d: path(points), class: "f1" }));
  history.forEach((entry, i) => {
    const point = /** @type {{x: number, y: number}} */ (points[i]);
    const dot = make("circle", { cx: point.x.toFixed(1), cy: point.y.toFixed(1), r: "3.2", class: `f1 ${entry.when}` });
    const title = make("title", {});
    const { round, step } = entry;
    const f1 = percent(entry.f1);
    title.textContent = round > 0 ? words("plot.point-round", { round, step, f1 }) : words("plot.point", { step, f1 });
    dot.append(title);
    svg.append(dot);
  });
}

/**
 * @param {SVGElement} svg
 * @param {import("../state/plot-scale.js").Scale} y
 * @param {import("../state/plot-scale.js").Scale} x
 * @param {(tick: number) => string} format
 */
function axis(svg, y, x, format) {
  for (const tick of y.ticks) {
    const at = y.at(tick).toFixed(1);
    svg.append(make("line", { x1: String(x.at(x.from)), x2: String(x.at(x.to)), y1: at, y2: at, class: "grid" }));
    text(svg, MARGIN.left - 6, Number(at) + 3.5, format(tick), "tick end");
  }
}

/**
 * @param {SVGElement} svg
 * @param {number} x
 * @param {number} y
 * @param {string} content
 * @param {string} kind
 */
function text(svg, x, y, content, kind) {
  const made = make("text", { x: x.toFixed(1), y: y.toFixed(1), class: kind });
  made.textContent = content;
  svg.append(made);
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @returns {SVGElement}
 */
function make(tag, attributes) {
  const made = /** @type {SVGElement} */ (document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
