// The dialog for exporting notes.

import { FORMATS } from "../../shared/formats.js";
import { text } from "../language/language.js";
import { exportedNotes } from "../state/exported-notes.js";
import { size } from "../state/format.js";
import { element, part, saidNode, setText, whenChanged } from "./dom.js";
import { formatTitle } from "./format-title.js";

/** The format offered first: unlike plain text it holds the labels. @type {Fedner.FormatName} */
const USUAL = "conll";
/** Problems that are drawn; the rest is only counted. */
const ROWS_MAX = 200;

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountExport(root, { store, bus }) {
  const open = part(root, "export-open", HTMLButtonElement);
  const dialog = part(root, "export-dialog", HTMLDialogElement);
  const format = part(dialog, "export-format", HTMLSelectElement);
  const start = part(dialog, "export-download", HTMLButtonElement);

  open.addEventListener("click", () => {
    store.dispatch({ type: "export-opened" });
    drawCounts(store.get());
    dialog.showModal();
  });
  start.addEventListener("click", () => {
    bus.emit("export-notes", { format: /** @type {Fedner.FormatName} */ (format.value), which: which(dialog) });
  });
  dialog.addEventListener("change", () => drawStart(store.get()));

  /** @param {Page.State} state */
  function drawStart(state) {
    const notes = exportedNotes(state, which(dialog)).length;
    start.disabled = state.engine !== "up" || state.exporting || notes === 0;
    setText(start, state.exporting ? text("export.writing") : text("export.download-notes", { count: notes }));
  }

  /** @param {Page.State} state */
  function drawCounts(state) {
    for (const which of /** @type {Page.ExportWhich[]} */ (["all", "done", "listed"])) {
      setText(part(dialog, `export-${which}`), text(`export.${which}`, { count: exportedNotes(state, which).length }));
    }
    drawStart(state);
  }

  store.draw(
    whenChanged(
      (state) => [state.notes.length === 0 || state.engine !== "up"],
      (_, locked) => {
        open.disabled = locked;
      },
    ),
  );
  // While the dialog is open, nothing else can change.
  store.draw(whenChanged((state) => [state.engine === "up", state.exporting], (state, ..._changed) => drawStart(state)));
  const written = FORMATS.filter(({ writes }) => writes);
  format.replaceChildren(...written.map(({ name }) => new Option("", name, name === USUAL, name === USUAL)));
  store.draw(
    whenChanged(
      (state) => [state.language],
      (_, _language) => written.forEach((known, i) => setText(/** @type {Element} */ (format.options[i]), formatTitle(known))),
    ),
  );
  mountResult(dialog, store);
}

/** @param {HTMLElement} dialog */
function which(dialog) {
  const chosen = dialog.querySelector("input[name=export-which]:checked");
  return /** @type {Page.ExportWhich} */ (chosen instanceof HTMLInputElement ? chosen.value : "all");
}

/**
 * @param {HTMLElement} dialog
 * @param {Page.Store} store
 */
function mountResult(dialog, store) {
  const result = part(dialog, "export-result");
  const problems = part(dialog, "export-problems", HTMLDetailsElement);
  const summary = /** @type {HTMLElement} */ (problems.querySelector("summary"));
  const list = /** @type {HTMLElement} */ (problems.querySelector("ul"));
  store.draw(
    whenChanged(
      (state) => [state.exported],
      (_, exported) => {
        setText(result, exported ? text("export.saved", { count: exported.notes, file: exported.name, size: size(exported.bytes) }) : "");
        const all = exported?.problems ?? [];
        problems.hidden = all.length === 0;
        setText(summary, all.length > ROWS_MAX ? text("export.problems-first", { count: all.length, first: ROWS_MAX }) : text("export.problems", { count: all.length }));
        list.replaceChildren(
          ...all.slice(0, ROWS_MAX).map(({ document, message }) => element("li", {}, element("strong", {}, document), " ", saidNode(message))),
        );
      },
    ),
  );
}
