// The places where the model disagrees with the marks: how labels meet, a list, and one key to settle each place.

import { text as words } from "../../language/language.js";
import { inContext } from "../../state/annotate/repeats.js";
import { cellOf, doubtKey, openDoubts } from "../../state/doubts.js";
import { count, percent } from "../../state/format.js";
import { lastingFragment } from "../../state/fragment.js";
import { button, element, part, reconcile, setText, whenChanged } from "../dom.js";

/** Places that are listed. */
const SHOWN_MAX = 200;
/** The view changes with the address, and is drawn a frame later. */
const SHOWN_AFTER_MS = 50;

/**
 * @param {HTMLElement} area
 * @param {Page.Context} context
 */
export function mountDoubts(area, context) {
  if (!(area instanceof HTMLDetailsElement)) throw new Error("The doubts' area is no details element.");
  new DoubtPanel(area, context);
}

class DoubtPanel {
  #store;
  #bus;
  #list;
  #open;
  /** The cell of the table whose places are listed; null: all. @type {string | null} */
  #cell = null;
  /** The chosen place. @type {string | null} */
  #chosen = null;
  /** @type {Page.Doubt[]} */
  #listed = [];

  /**
   * @param {HTMLDetailsElement} area
   * @param {Page.Context} context
   */
  constructor(area, { store, bus }) {
    this.#store = store;
    this.#bus = bus;
    this.#list = part(area, "doubts-list");
    this.#open = () => area.open;
    const check = part(area, "doubts-check", HTMLButtonElement);
    check.addEventListener("click", () => bus.emit("check-marks", null));
    part(area, "doubts-keep").addEventListener("click", () => this.#settle(false));
    part(area, "doubts-take").addEventListener("click", () => this.#settle(true));
    part(area, "doubts-open").addEventListener("click", () => this.#show());
    part(area, "doubts-all").addEventListener("click", () => this.#choose(null));
    this.#list.addEventListener("keydown", (event) => this.#key(event));
    const summary = part(area, "doubts-summary");
    store.draw(
      whenChanged(
        (state) => [state.notes.length > 0 && state.has_model, state.engine === "up", state.doubts],
        (_, known, ready, doubts) => {
          area.hidden = !known;
          check.disabled = !ready || doubts.running;
          setText(summary, summaryText(doubts));
        },
      ),
    );
    const draw = whenChanged(
      (state) => [state.doubts, state.notes, state.writable, area.open],
      (state, ..._changed) => this.#draw(area, state),
    );
    store.draw(draw);
    area.addEventListener("toggle", () => draw(store.get()));
  }

  /**
   * @param {HTMLElement} area
   * @param {Page.State} state
   */
  #draw(area, state) {
    if (!this.#open()) return;
    const open = openDoubts(state).filter((doubt) => this.#cell === null || cellOf(doubt.mark?.label ?? "", doubt.model?.label ?? "") === this.#cell);
    const before = this.#listed.findIndex((doubt) => doubtKey(doubt) === this.#chosen);
    this.#listed = open.slice(0, SHOWN_MAX);
    // What was settled is gone: the next one takes its place.
    if (!this.#listed.some((doubt) => doubtKey(doubt) === this.#chosen)) {
      const next = this.#listed[Math.min(Math.max(before, 0), this.#listed.length - 1)];
      this.#chosen = next ? doubtKey(next) : null;
    }
    const names = new Map(state.notes.map((note) => [note.id, note]));
    reconcile(this.#list, this.#listed, doubtKey, (doubt) => this.#row(doubt, names.get(doubt.note)), () => {});
    this.#drawChosen();
    const listed = this.#listed.length;
    const all = open.length;
    setText(part(area, "doubts-title"), all > listed ? words("doubts.count-first", { count: listed, first: listed, all }) : words("doubts.count", { count: listed }));
    part(area, "doubts-all").hidden = this.#cell === null;
    for (const id of ["doubts-keep", "doubts-take", "doubts-open"]) part(area, id, HTMLButtonElement).disabled = this.#chosen === null || !state.writable;
    this.#drawConfusion(part(area, "confusion"), state.doubts.confusion);
  }

  /**
   * @param {Page.Doubt} doubt
   * @param {Page.Note | undefined} note
   */
  #row(doubt, note) {
    const { mark, model } = doubt;
    const place = /** @type {Fedner.Entity} */ (model ?? mark);
    const { before, found, after } = inContext(note?.text ?? "", place);
    const same = mark && model && mark.label === model.label;
    const says = same ? words("doubts.other-borders", { label: mark.label }) : `${labelOf(mark)} → ${labelOf(model)}`;
    const sure = model ? words("doubts.sure", { sure: percent(model.confidence) }) : "";
    const row = element("li", { id: `doubt-${doubtKey(doubt).replace(/\s/gu, "_")}` }, element("strong", {}, says), element("span", { class: "small muted" }, `${sure} · ${note?.name ?? ""} `), element("span", {}, `…${before}`, element("mark", {}, found), `${after}…`));
    row.setAttribute("role", "option");
    row.addEventListener("click", () => {
      this.#chosen = doubtKey(doubt);
      this.#drawChosen();
      this.#list.focus();
    });
    row.addEventListener("dblclick", () => this.#show());
    return row;
  }

  #drawChosen() {
    this.#list.removeAttribute("aria-activedescendant");
    for (const row of this.#list.children) {
      const chosen = row instanceof HTMLElement && row.dataset.key === this.#chosen;
      row.setAttribute("aria-selected", String(chosen));
      if (!chosen) continue;
      this.#list.setAttribute("aria-activedescendant", row.id);
      row.scrollIntoView({ block: "nearest" });
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const steps = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1 });
    const step = steps[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (step !== undefined) this.#move(step);
    else if (event.key === "1" || event.key === "2") this.#settle(event.key === "2");
    else if (event.key === "Enter") this.#show();
    else if (event.key === "z") this.#bus.emit("undo", null);
    else return;
    event.preventDefault();
  }

  /** @param {number} step */
  #move(step) {
    const at = this.#listed.findIndex((doubt) => doubtKey(doubt) === this.#chosen);
    const next = this.#listed[Math.min(Math.max(at + step, 0), this.#listed.length - 1)];
    this.#chosen = next ? doubtKey(next) : null;
    this.#drawChosen();
  }

  /** @param {string | null} cell */
  #choose(cell) {
    this.#cell = cell;
    this.#chosen = null;
    const area = this.#list.closest("details");
    if (area) this.#draw(area, this.#store.get());
    this.#list.focus();
  }

  get #doubt() {
    return this.#listed.find((doubt) => doubtKey(doubt) === this.#chosen);
  }

  /** @param {boolean} model by the model's word, or by people's */
  #settle(model) {
    const doubt = this.#doubt;
    if (doubt) this.#bus.emit("settle-doubt", { doubt, model });
  }

  #show() {
    const doubt = this.#doubt;
    const mark = doubt?.mark ?? doubt?.model;
    if (!doubt || !mark) return;
    location.hash = lastingFragment(this.#store.get().workspace, "notes");
    // Once the notes are in view: the text can't take the focus before.
    setTimeout(() => requestAnimationFrame(() => this.#bus.emit("show-mark", { note: doubt.note, mark })), SHOWN_AFTER_MS);
  }

  /**
   * @param {HTMLElement} table
   * @param {Record<string, number>} confusion
   */
  #drawConfusion(table, confusion) {
    const cells = Object.entries(confusion).map(([cell, count]) => ({ cell, count, parts: cell.split("\u0000") }));
    table.hidden = cells.length === 0;
    const names = (/** @type {0 | 1} */ side) => [...new Set(cells.map(({ parts }) => parts[side] ?? ""))].sort((a, b) => Number(a === "") - Number(b === "") || (a < b ? -1 : 1));
    const [rows, columns] = [names(0), names(1)];
    const title = (/** @type {string} */ name) => name || words("doubts.no-mark");
    const head = element("tr", {}, element("th", { class: "muted" }, words("doubts.yours")), ...columns.map((name) => element("th", { class: "num" }, title(name))));
    table.querySelector("thead")?.replaceChildren(head);
    const body = rows.map((row) => {
      const made = columns.map((column) => {
        const cell = cellOf(row, column);
        const places = confusion[cell] ?? 0;
        if (places === 0) return element("td", { class: "num muted" }, "0");
        const show = button(count(places), () => this.#choose(cell), { class: "quiet" });
        show.setAttribute("aria-label", words("doubts.cell", { mine: title(row), theirs: title(column), count: places }));
        return element("td", { class: "num" }, show);
      });
      const label = element("th", {}, title(row));
      label.scope = "row";
      return element("tr", {}, label, ...made);
    });
    table.querySelector("tbody")?.replaceChildren(...body);
  }
}

/** @param {Fedner.Entity | null} mark */
function labelOf(mark) {
  return mark?.label ?? words("doubts.no-mark");
}

/** @param {Page.Doubts} doubts */
function summaryText({ running, checked, total, count: places }) {
  if (running) return words("doubts.looking", { checked, count: total });
  if (total === 0) return "";
  return words("doubts.looked", { count: checked, places });
}
