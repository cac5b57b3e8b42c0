// Ways to bring notes in: files, folders, a paste, the demo hospitals.

import { FORMATS } from "../../shared/formats.js";
import { said, text as words } from "../language/language.js";
import { isReadable } from "../state/import-batches.js";
import { mountColumnsDialog } from "./columns-dialog.js";
import { button, element, focusOpenNote, part, setText, whenChanged } from "./dom.js";
import { droppedFiles } from "./dropped-files.js";
import { mountFolding } from "./folding.js";
import { formatTitle } from "./format-title.js";

/** How a problem names a table whose columns have to be chosen. */
const COLUMNS_UNKNOWN = "is a table with the columns";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountAddNotes(root, context) {
  mountFiles(root, context);
  mountFormats(root, context.store);
  mountPaste(root, context.bus);
  mountSamples(root, context);

  // Folded once there are notes, which then need the room, and whenever some are being added.
  const area = part(root, "add-area", HTMLDetailsElement);
  mountFolding(area);
  let within = false;
  context.store.draw(
    whenChanged(
      (state) => [state.notes.length > 0, state.importing !== null],
      (_, notes, importing) => {
        // The buttons in it are locked while notes are being added, and lose the focus with that.
        within ||= area.contains(document.activeElement);
        if (!notes) area.open = true;
        else if (importing || area.dataset.first === "yes") area.open = false;
        area.dataset.first = notes ? "no" : "yes";
        // What had the focus is gone: on to the note that was added.
        if (within && !area.open) focusOpenNote();
        if (!importing) within = false;
      },
    ),
  );
  const controls = [...root.querySelectorAll("#file-input, #folder-input, #paste-text, #paste-add")];
  context.store.draw(
    whenChanged(
      (state) => [!state.writable || state.importing !== null || state.engine !== "up"],
      (_, locked) => controls.forEach((control) => control.toggleAttribute("disabled", locked)),
    ),
  );
}

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
function mountFiles(root, { store, bus }) {
  const drop = part(root, "drop");
  const format = part(root, "import-format", HTMLSelectElement);
  const chooseColumns = mountColumnsDialog(part(root.ownerDocument.body, "columns-dialog"), { store, bus });

  /** Tables being imported. @type {File[]} */
  let tables = [];

  /**
   * @param {File[]} files
   * @param {boolean} folder a folder holds all sorts of files: hidden ones aren't meant
   */
  function add(files, folder) {
    const { engine, writable, importing } = store.get();
    if (engine !== "up" || !writable || importing) return;
    const meant = folder ? files.filter((file) => isReadable(file.name)) : files;
    if (files.length === 0) return;
    const chosen = /** @type {Fedner.FormatName} */ (format.value) || null;
    if (chosen === "table") chooseColumns(meant);
    else bus.emit("add-files", { files: meant, format: chosen, columns: null, left_out: files.length - meant.length });
    tables = chosen === null ? meant.filter(({ name }) => /\.(?:csv|tsv)$/iu.test(name)) : [];
  }

  // A table whose columns say nothing was named as a problem: then a person is asked.
  store.subscribe((state, before) => {
    if (before.importing === null || state.importing !== null) return;
    const unknown = new Set(state.import_problems.filter(({ message }) => said(message).includes(COLUMNS_UNKNOWN)).map(({ file }) => file));
    const asked = tables.filter((file) => unknown.has(file.webkitRelativePath || file.name));
    tables = [];
    if (asked.length > 0) chooseColumns(asked);
  });

  for (const [id, folder] of /** @type {const} */ ([["file-input", false], ["folder-input", true]])) {
    const input = part(root, id, HTMLInputElement);
    input.addEventListener("change", () => {
      add([...(input.files ?? [])], folder);
      // The same file may be chosen again, for instance after it was repaired.
      input.value = "";
    });
  }

  // Anywhere on the page: a file that misses the box would otherwise be opened by the browser, in place of the page.
  const page = root.ownerDocument.body;
  page.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    drop.classList.add("over");
  });
  page.addEventListener("dragleave", (event) => {
    if (!(event.relatedTarget instanceof Node)) drop.classList.remove("over");
  });
  page.addEventListener("drop", async (event) => {
    drop.classList.remove("over");
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const { files, folder } = await droppedFiles(event.dataTransfer);
    add(files, folder);
  });
}

/**
 * The formats that can be read: for the file chooser, and to choose from when a file does not say its own.
 * @param {HTMLElement} root
 * @param {Page.Store} store
 */
function mountFormats(root, store) {
  const input = part(root, "file-input", HTMLInputElement);
  const names = part(root, "format-names");
  const select = part(root, "import-format", HTMLSelectElement);
  const endings = new Set(FORMATS.flatMap(({ extensions }) => extensions).concat(".zip", ".gz", ".tgz"));
  input.accept = [...endings].join(",");
  for (const { name } of FORMATS) select.append(new Option("", name));
  store.draw(
    whenChanged(
      (state) => [state.language],
      (_, _language) => {
        names.textContent = words("add.format-names", { names: FORMATS.map(formatTitle).join(", ") });
        FORMATS.forEach((format, i) => setText(/** @type {Element} */ (select.options[i + 1]), formatTitle(format)));
      },
    ),
  );
}

/**
 * @param {HTMLElement} root
 * @param {Page.Bus} bus
 */
function mountPaste(root, bus) {
  const form = part(root, "paste-form", HTMLFormElement);
  const text = part(root, "paste-text", HTMLTextAreaElement);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (text.value.trim() === "") {
      text.focus();
      return;
    }
    bus.emit("add-text", text.value);
    text.value = "";
  });
}

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
function mountSamples(root, { store, bus }) {
  const area = part(root, "samples");
  const list = part(root, "sample-list");
  store.draw(
    whenChanged(
      (state) => [state.samples, state.engine !== "up" && state.writable],
      (_, samples, locked) => {
        area.hidden = samples.length === 0;
        const made = samples.map((sample) => {
          const choose = button(sample.name, () => bus.emit("add-sample", sample.id), { id: `sample-${sample.id}` });
          choose.disabled = locked;
          choose.setAttribute("aria-describedby", `sample-${sample.id}-labels`);
          const labels = element("span", { class: "small muted", id: `sample-${sample.id}-labels` }, sample.labels.join(" · "));
          choose.title = sample.description;
          return element("li", {}, choose, labels);
        });
        list.replaceChildren(...made);
      },
    ),
  );
}
