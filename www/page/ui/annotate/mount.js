// The editor's parts, put together.

import { shownView } from "../../state/views.js";
import { part, whenChanged } from "../dom.js";
import { mountAnnouncer } from "./announcer.js";
import { mountCommands } from "./commands.js";
import { mountDetailsDialog } from "./details-dialog.js";
import { mountDoubts } from "./doubts.js";
import { mountEditor } from "./editor.js";
import { mountHelp } from "./help.js";
import { mountLabelDialog } from "./label-dialog.js";
import { mountLabelPanel } from "./label-panel.js";
import { mountMarkList } from "./mark-list.js";
import { mountPicker } from "./picker.js";
import { mountPreannotations } from "./preannotations.js";
import { mountRepeatsDialog } from "./repeats-dialog.js";
import { mountTerms } from "./terms.js";

/**
 * @param {HTMLElement} page
 * @param {Page.Context} context
 * @param {(name: string, content: string, type: string) => void} download
 */
export function mountAnnotate(page, context, download) {
  const say = mountAnnouncer(part(page, "text-announcer"), context);
  const pickLabel = mountPicker(part(page, "picker-dialog"), context);
  const findRepeats = mountRepeatsDialog(part(page, "repeats-dialog"), context);
  const edit = mountLabelDialog(part(page, "label-dialog"), context);
  const editDetails = mountDetailsDialog(part(page, "details-dialog"), context);
  mountEditor(part(page, "document-view"), context, { pickLabel, findRepeats, editDetails, say });
  const save = (/** @type {string} */ name, /** @type {string} */ content) => download(name, content, "application/json");
  mountLabelPanel(part(page, "label-side"), context, { edit, save });
  mountMarkList(part(page, "label-side"), context);
  mountCommands(part(page, "reader"), context);
  mountHelp(part(page, "help-dialog"), context);
  mountTerms(part(page, "terms-area"), context, (name, content) => download(name, content, "text/tab-separated-values"));
  mountPreannotations(part(page, "preannotations-area"), context);
  mountDoubts(part(page, "doubts-area"), context);
  mountOnlyNotes(page, context);
}

/**
 * The notes alone, over the whole window, for those who label all day.
 * @param {HTMLElement} page
 * @param {Page.Context} context
 */
function mountOnlyNotes(page, { store, bus }) {
  const toggle = part(page, "wide-button");
  toggle.addEventListener("click", () => bus.emit("set-only-notes", !store.get().settings.only_notes));
  store.draw(
    whenChanged(
      (state) => [state.settings.only_notes && state.notes.length > 0 && shownView(state) === "notes"],
      (_, only) => {
        page.classList.toggle("only-notes", only);
        toggle.setAttribute("aria-pressed", String(only));
      },
    ),
  );
}
