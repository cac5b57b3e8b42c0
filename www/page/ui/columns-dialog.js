// Which column of a table holds what: chosen by a person where the names of the columns don't say it.

import { text as words } from "../language/language.js";
import { firstRows } from "../state/delimited.js";
import { element, part, setText } from "./dom.js";

/** Rows shown, and characters of a cell. */
const ROWS_MAX = 4;
const CELL_MAX = 60;
/** As much of the file is looked at. */
const LOOKED_AT_BYTES = 64 * 1024;
const FIELDS = /** @type {const} */ (["text", "id", "start", "end", "label"]);

/**
 * @param {HTMLElement} root the dialog
 * @param {Page.Context} context
 * @returns {(files: File[]) => Promise<void>} asks for the columns of the first file, and reads all of them so
 */
export function mountColumnsDialog(root, { bus }) {
  if (!(root instanceof HTMLDialogElement)) throw new Error("The columns dialog is not a dialog.");
  const selects = FIELDS.map((field) => ({ field, select: part(root, `columns-${field}`, HTMLSelectElement) }));
  const read = part(root, "columns-read", HTMLButtonElement);
  /** @type {File[]} */
  let asked = [];

  const text = part(root, "columns-text", HTMLSelectElement);
  text.addEventListener("change", () => {
    read.disabled = text.value === "";
  });
  root.addEventListener("close", () => {
    const files = asked;
    asked = [];
    if (root.returnValue !== "read" || files.length === 0) return;
    const chosen = Object.fromEntries(selects.map(({ field, select }) => [field, select.value || null]));
    root.returnValue = "";
    bus.emit("add-files", { files, format: "table", columns: /** @type {Fedner.TableColumns} */ (chosen), left_out: 0 });
  });

  return async (files) => {
    const [first] = files;
    if (!first) return;
    const rows = firstRows(new TextDecoder().decode(await first.slice(0, LOOKED_AT_BYTES).arrayBuffer()), ROWS_MAX);
    const [head = [], ...others] = rows;
    asked = files;
    setText(part(root, "columns-file"), files.length === 1 ? first.name : words("columns.file-more", { file: first.name, count: files.length - 1 }));
    for (const { field, select } of selects) {
      const names = head.map((name) => name.trim()).filter((name) => name !== "");
      const none = new Option(field === "text" ? words("columns.choose") : words("columns.by-name"), "");
      const guess = field === "text" ? longest(head, others) : null;
      select.replaceChildren(none, ...names.map((name) => new Option(name, name, name === guess, name === guess)));
    }
    const shown = (/** @type {string} */ cell) => (cell.length > CELL_MAX ? `${cell.slice(0, CELL_MAX)}…` : cell);
    part(root, "columns-head").replaceChildren(...head.map((name) => element("th", {}, name)));
    part(root, "columns-rows").replaceChildren(...others.map((cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, shown(cell))))));
    read.disabled = text.value === "";
    root.returnValue = "";
    root.showModal();
  };
}

/**
 * The column with the longest cells is probably the text; a person confirms it.
 * @param {string[]} head
 * @param {string[][]} rows
 */
function longest(head, rows) {
  const lengths = head.map((_, at) => rows.reduce((sum, cells) => sum + (cells[at]?.length ?? 0), 0));
  const at = lengths.indexOf(Math.max(...lengths));
  return head[at]?.trim() ?? null;
}
