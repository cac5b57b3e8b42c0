// What is said of the note that is open: its name, where it comes from, and how far the model agrees.

import { text } from "../language/language.js";
import { openNote } from "../state/open-note.js";
import { compare } from "../state/segments.js";
import { hasSuggester, shownSuggestions } from "../state/suggestions.js";
import { part, setText, whenChanged } from "./dom.js";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountDocumentView(root, { store, bus }) {
  const title = part(root, "document-title");
  const facts = part(root, "document-facts");
  const agreement = part(root, "document-agreement");
  const toggle = part(root, "suggest", HTMLInputElement);
  const toggleLabel = part(root, "suggest-label");
  toggle.addEventListener("change", () => bus.emit("suggest", toggle.checked));

  store.draw(
    whenChanged(
      (state) => [state.notes, state.selected, state.suggest, hasSuggester(state), state.suggestions],
      (state, notes, selected, suggest, suggester, _suggestions) => {
        toggleLabel.hidden = !suggester;
        toggle.checked = suggest;
        const note = openNote({ notes, selected });
        setText(title, note?.name ?? "");
        // While a note is in work, the number of open suggestions is shown instead.
        const suggested = note?.status === "done" ? shownSuggestions(state, note) : null;
        setText(facts, note ? factsText(note) : "");
        setText(agreement, note && suggested ? agreementText(note, suggested) : "");
        agreement.hidden = agreement.textContent === "";
      },
    ),
  );
}

/** @param {Page.Note} note */
function factsText(note) {
  const file = note.file === note.name ? "" : `${note.file} · `;
  if (!note.labelled) return `${file}${text("note.unlabelled")}`;
  const marks = text("note.marks", { count: note.entities.length });
  return `${file}${marks} · ${text(note.held_out ? "note.held-out" : "note.for-training")}`;
}

/**
 * @param {Page.Note} note
 * @param {Page.Suggested[]} suggested
 */
function agreementText({ entities }, suggested) {
  const { found, missed, extra } = compare(entities, suggested);
  return text("note.agreement", { found, all: entities.length, missed, extra });
}
