// The list of notes: a listbox of which only the rows in sight are drawn, so that thousands stay fluent.

import { neighbour, shownNotes, typedAhead } from "../state/note-list.js";
import { searchPattern } from "../state/note-search.js";
import { rowsInSight, scrolledTo } from "../state/virtual.js";
import { element, part, reconcile, whenChanged } from "./dom.js";
import { createRow, updateRow } from "./document-row.js";

/** Height of a row, in rem; the style sheet says the same. */
const ROW_REM = 3.5;
/** Letters typed within this time of each other are one name. */
const TYPING_PAUSE_MS = 800;

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountDocumentList(root, { store, bus }) {
  const reader = part(root, "reader");
  const list = part(root, "document-list");
  const sizer = element("div", { class: "rows" });
  sizer.setAttribute("role", "presentation");
  list.append(sizer);
  const typeAhead = createTypeAhead();
  /** @type {Page.Note[]} */
  let shown = [];
  /** @type {string | null} */
  let inSight = null;
  let row = 0;

  /** Only the rows: for scrolling, which changes nothing else. */
  function drawRows() {
    const { selected, list: view } = store.get();
    const { first, end } = rowsInSight({ top: list.scrollTop, height: list.clientHeight, row, count: shown.length });
    const pattern = searchPattern(view.search);
    const drawn = shown.slice(first, end);
    const place = new Map(drawn.map((note, i) => [note.id, first + i]));
    reconcile(sizer, drawn, (note) => note.id, createRow, (made, note) =>
      updateRow(made, { note, at: place.get(note.id) ?? 0, count: shown.length, selected: note.id === selected, pattern, scope: view.scope }),
    );
    if (selected !== null && place.has(selected)) list.setAttribute("aria-activedescendant", `note-${selected}`);
    else list.removeAttribute("aria-activedescendant");
  }

  function measure() {
    row = ROW_REM * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    sizer.style.height = `${shown.length * row}px`;
    drawRows();
  }

  /** @param {Page.State} state */
  function draw(state) {
    reader.hidden = state.documents.length === 0;
    shown = shownNotes(state);
    measure();
    // The open note is brought into sight when another one is opened, not when the list changes around it.
    if (state.selected === inSight) return;
    inSight = state.selected;
    const at = shown.findIndex((note) => note.id === state.selected);
    if (at < 0) return;
    list.scrollTop = scrolledTo({ top: list.scrollTop, height: list.clientHeight, row }, at);
    drawRows();
  }

  new ResizeObserver(measure).observe(list);
  list.addEventListener("scroll", oncePerFrame(drawRows), { passive: true });
  list.addEventListener("click", (event) => {
    const id = event.target instanceof Element ? event.target.closest("[role=option]")?.getAttribute("data-key") : null;
    if (id) bus.emit("select", id);
  });
  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { selected, writable } = store.get();
    const page = Math.max(Math.floor(list.clientHeight / row) - 1, 1);
    const wanted = destination(event.key, { shown, selected, page, typeAhead });
    if (wanted) bus.emit("select", wanted.id);
    else if (event.key === "Delete" && selected && writable) bus.emit("edit", { kind: "notes-remove", notes: [selected] });
    else if (event.key === "Enter") document.getElementById("document-text")?.focus();
    else return;
    event.preventDefault();
  });

  store.draw(
    whenChanged(
      (state) => [state.documents, state.selected, state.list, state.search, state.list_turn],
      (state, ..._changed) => draw(state),
    ),
  );
}

/**
 * The note a key leads to.
 * @param {string} key
 * @param {{shown: Page.Note[], selected: string | null, page: number, typeAhead: (letter: string) => string}} list
 * @returns {Page.Note | null}
 */
function destination(key, { shown, selected, page, typeAhead }) {
  switch (key) {
    case "ArrowDown":
      return neighbour(shown, selected, 1);
    case "ArrowUp":
      return neighbour(shown, selected, -1);
    case "PageDown":
      return neighbour(shown, selected, page);
    case "PageUp":
      return neighbour(shown, selected, -page);
    case "Home":
      return shown[0] ?? null;
    case "End":
      return shown.at(-1) ?? null;
    default:
      return [...key].length === 1 && key !== " " ? typedAhead(shown, selected, typeAhead(key)) : null;
  }
}

/** What was typed in one go, with each further letter. */
function createTypeAhead() {
  let typed = "";
  let last_ms = Number.NEGATIVE_INFINITY;
  return (/** @type {string} */ letter) => {
    const now_ms = performance.now();
    typed = now_ms - last_ms < TYPING_PAUSE_MS ? typed + letter : letter;
    last_ms = now_ms;
    return typed;
  };
}

/** @param {() => void} work */
function oncePerFrame(work) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      work();
    });
  };
}
