// The result of an import as a message over the page: progress, a summary, the files, and the problems with file and
// line. Without problems and questions it goes away by itself.

import { FORMATS } from "../../shared/formats.js";
import { said, text as words } from "../language/language.js";
import { count } from "../state/format.js";
import { button, element, focusOpenNote, part, saidNode, setText, whenChanged } from "./dom.js";
import { formatTitle } from "./format-title.js";
import { mountSameText } from "./same-text.js";

/** Rows that are drawn of a long list; the rest is only counted. */
const ROWS_MAX = 200;
/** Few problems are shown at once, many on request. */
const OPEN_MAX = 8;
/** How long a report stays that asks for nothing. */
const SHOWN_MS = 12_000;

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountImportReport(root, context) {
  mountMessage(root, context);
  mountProgress(root, context);
  mountSameText(part(root, "import-same"), context);
  mountFiles(root, context.store);
  mountProblems(root, context.store);
}

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
function mountMessage(root, { store, bus }) {
  const close = part(root, "report-close", HTMLButtonElement);
  let timer = 0;

  function end() {
    root.hidden = true;
    bus.emit("close-report", null);
  }
  function endIfUnused() {
    if (!root.matches(":hover, :focus-within")) end();
    else timer = window.setTimeout(endIfUnused, SHOWN_MS);
  }
  close.addEventListener("click", () => {
    end();
    // The focus must not fall to the page's start with the button that is gone.
    focusOpenNote();
  });
  store.draw(
    whenChanged(
      (state) => [state.importing, state.import_report, state.import_problems, state.import_same.length + state.import_changed.length, state.edits],
      (_, importing, text, problems, twice, { records, done }) => {
        const removed = (records[done - 1]?.change.taken_out ?? []).length > 0;
        root.hidden = !importing && !text && problems.length === 0 && twice === 0 && !removed;
        close.hidden = importing !== null;
        clearTimeout(timer);
        if (!root.hidden && !importing && problems.length === 0 && twice === 0) timer = window.setTimeout(endIfUnused, SHOWN_MS);
      },
    ),
  );
}

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
function mountProgress(root, { store, bus }) {
  const area = part(root, "import-area");
  const report = part(root, "import-report");
  const stop = part(root, "stop-import", HTMLButtonElement);
  stop.addEventListener("click", () => bus.emit("stop-import", null));
  store.draw(
    whenChanged(
      (state) => [state.importing, state.import_report, state.edits],
      (_, importing, text, { records, done }) => {
        const removed = records[done - 1]?.change.taken_out ?? [];
        stop.hidden = !importing || importing.total < 2;
        stop.disabled = importing?.stopping ?? false;
        if (removed.length > 0 && !importing && text === null) {
          const what = removed.length === 1 ? words("edit.quoted", { words: removed[0]?.name ?? "" }) : words("edit.notes", { count: removed.length });
          report.replaceChildren(words("import.removed", { what }), button(words("import.undo"), () => bus.emit("undo", null), { id: "undo-removal" }));
        } else setText(report, importing ? progressText(importing) : said(text ?? ""));
        area.hidden = report.childNodes.length === 0;
      },
    ),
  );
}

/** @param {Page.Importing} importing */
function progressText({ file, read, total, stopping }) {
  if (stopping) return words("import.stopping");
  return total === 1 ? words("import.reading", { file }) : words("import.reading-of", { file, read, count: total });
}

/**
 * @param {HTMLElement} root
 * @param {Page.Store} store
 */
function mountFiles(root, store) {
  const area = part(root, "import-files", HTMLDetailsElement);
  const summary = /** @type {HTMLElement} */ (area.querySelector("summary"));
  const body = /** @type {HTMLElement} */ (area.querySelector("tbody"));
  store.draw(
    whenChanged(
      (state) => [state.import_files, state.import_report],
      (_, files, text) => {
        // For a single plain text the summary says everything.
        area.hidden = text === null || !files.some(({ format }) => files.length > 1 || format !== "text");
        setText(summary, files.length > ROWS_MAX ? words("import.count-first", { count: files.length, first: ROWS_MAX }) : words("import.count", { count: files.length }));
        const titles = new Map(FORMATS.map((known) => [known.name, formatTitle(known)]));
        const rows = files.slice(0, ROWS_MAX).map(({ name, format, detail, documents, spans }) =>
          element(
            "tr",
            {},
            element("td", {}, name),
            element("td", {}, [titles.get(format) ?? format, detail].filter(Boolean).join(": ")),
            element("td", { class: "num" }, count(documents)),
            element("td", { class: "num" }, count(spans)),
          ),
        );
        body.replaceChildren(...rows);
      },
    ),
  );
}

/**
 * @param {HTMLElement} root
 * @param {Page.Store} store
 */
function mountProblems(root, store) {
  const problems = part(root, "import-problems", HTMLDetailsElement);
  const summary = /** @type {HTMLElement} */ (problems.querySelector("summary"));
  const list = /** @type {HTMLElement} */ (problems.querySelector("ul"));
  store.draw(
    whenChanged(
      (state) => [state.import_problems, state.import_problem_count, state.import_files],
      (_, all, total, files) => {
        problems.hidden = all.length === 0;
        problems.open = all.length > 0 && all.length <= OPEN_MAX;
        const first = total > ROWS_MAX ? words("import.problems-first", { count: ROWS_MAX }) : "";
        const some = files.some(({ documents }) => documents > 0);
        setText(summary, `${words("import.problems", { count: total })}${some ? words("import.rest-taken") : ""}${first}`);
        list.replaceChildren(
          ...all.slice(0, ROWS_MAX).map(({ file, line, message }) => {
            const where = line === null ? said(file) : words("import.line", { file, line });
            return element("li", {}, element("strong", {}, where), " ", saidNode(message));
          }),
        );
      },
    ),
  );
}
