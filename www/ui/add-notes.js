// Ways to bring notes in: files, a paste, the demo hospitals. And what came of it.

import { counted } from "../state/format.js";
import { button, element, part, setText, whenChanged } from "./dom.js";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountAddNotes(root, context) {
  mountFiles(root, context.bus);
  mountPaste(root, context.bus);
  mountSamples(root, context);
  mountReport(root, context);

  // Once notes are there, the room is theirs.
  const area = part(root, "add-area", HTMLDetailsElement);
  context.store.draw(
    whenChanged(
      (state) => [state.documents.length > 0],
      (_, notes) => {
        area.open = !notes;
      },
    ),
  );
  const controls = [...root.querySelectorAll("#file-input, #paste-text, #paste-add")];
  context.store.draw(
    whenChanged(
      (state) => [!state.writable || state.importing !== null || !state.ready],
      (_, locked) => controls.forEach((control) => control.toggleAttribute("disabled", locked)),
    ),
  );
}

/**
 * @param {HTMLElement} root
 * @param {Page.Bus} bus
 */
function mountFiles(root, bus) {
  const input = part(root, "file-input", HTMLInputElement);
  const drop = part(root, "drop");
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    if (files.length > 0) bus.emit("add-files", files);
    // The same file may be chosen again, for instance after it was repaired.
    input.value = "";
  });

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
  page.addEventListener("drop", (event) => {
    drop.classList.remove("over");
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    bus.emit("add-files", files);
  });
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
      (state) => [state.samples, !state.ready && state.writable],
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

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
function mountReport(root, { store, bus }) {
  const report = part(root, "import-report");
  const problems = part(root, "import-problems", HTMLDetailsElement);
  const summary = /** @type {HTMLElement} */ (problems.querySelector("summary"));
  const list = /** @type {HTMLElement} */ (problems.querySelector("ul"));

  store.draw(
    whenChanged(
      (state) => [state.importing, state.import_report, state.edits],
      (_, importing, text, { records, done }) => {
        const removed = records[done - 1]?.change.taken_out ?? [];
        if (removed.length > 0 && !importing && text === null) {
          const what = removed.length === 1 ? `“${removed[0]?.name}”` : counted(removed.length, "note");
          report.replaceChildren(`Removed ${what}. `, button("Undo", () => bus.emit("undo", null), { id: "undo-removal" }));
        } else setText(report, importing ? `Reading ${importing} …` : (text ?? ""));
        report.hidden = report.childNodes.length === 0;
      },
    ),
  );
  store.draw(
    whenChanged(
      (state) => [state.import_problems],
      (_, all) => {
        problems.hidden = all.length === 0;
        problems.open = all.length > 0 && all.length <= 8;
        setText(summary, `${counted(all.length, "problem")} while reading; everything else was taken in`);
        list.replaceChildren(
          ...all.map(({ file, line, message }) => {
            const where = line === null ? file : `${file}, line ${line}`;
            return element("li", {}, element("strong", {}, where), ` ${message}`);
          }),
        );
      },
    ),
  );
}
