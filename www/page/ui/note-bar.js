// The open note as a whole: its status, going on to another one, its comment, and the suggestions in it.

import { text as words } from "../language/language.js";
import { STATUSES } from "../state/note-list.js";
import { openNote } from "../state/open-note.js";
import { hasSuggester, matchesIn, openSuggestions, shownSuggestions } from "../state/suggestions.js";
import { part, setText, whenChanged } from "./dom.js";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountNoteBar(root, context) {
  mountStatusAndNavigation(root, context);
  mountComment(root, context);
  mountSuggestions(root, context);
}

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
function mountStatusAndNavigation(root, { store, bus }) {
  const status = part(root, "note-status", HTMLSelectElement);
  const done = part(root, "note-done", HTMLButtonElement);
  const useful = part(root, "go-useful", HTMLButtonElement);
  for (const { status: value } of STATUSES) status.append(new Option("", value));
  status.addEventListener("change", () => {
    const { selected } = store.get();
    if (selected) bus.emit("set-status", { note: selected, status: /** @type {Page.NoteStatus} */ (status.value) });
  });
  done.addEventListener("click", () => bus.emit("command", "done"));
  part(root, "go-undone").addEventListener("click", () => bus.emit("command", "next-undone"));
  useful.addEventListener("click", () => bus.emit("command", "useful"));
  store.draw(
    whenChanged(
      (state) => [openNote(state), state.writable, state.has_model],
      (_, note, writable, hasModel) => {
        STATUSES.forEach(({ status: value, sign }, i) => setText(/** @type {Element} */ (status.options[i]), `${sign} ${words(`note-status.${value}`)}`));
        status.value = note?.status ?? "new";
        status.disabled = !writable || !note;
        done.disabled = !writable || !note || note.status === "done";
        useful.disabled = !hasModel;
        useful.title = words(hasModel ? "note.useful-what" : "note.useful-none");
      },
    ),
  );
}

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
function mountComment(root, { store, bus }) {
  const area = part(root, "note-comment-area", HTMLDetailsElement);
  const comment = part(root, "note-comment", HTMLTextAreaElement);
  /** @type {string | null} */
  let note = null;

  function keep() {
    const known = note === null ? undefined : store.get().notes.find(({ id }) => id === note);
    if (known && known.comment !== comment.value) bus.emit("edit", { kind: "comment", note: known.id, comment: comment.value });
  }
  comment.addEventListener("change", keep);
  comment.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    keep();
    document.getElementById("document-text")?.focus();
  });
  bus.on("command", (command) => {
    if (command !== "comment") return;
    area.open = true;
    comment.focus();
  });
  store.draw(
    whenChanged(
      (state) => [openNote(state), state.writable],
      (_, opened, writable) => {
        comment.disabled = !writable || !opened;
        if (opened?.id !== note) {
          // A comment that was being typed belongs to the note that was open.
          keep();
          area.open = (opened?.comment ?? "") !== "";
        }
        if (opened?.id !== note || document.activeElement !== comment) comment.value = opened?.comment ?? "";
        note = opened?.id ?? null;
      },
    ),
  );
}

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
function mountSuggestions(root, { store, bus }) {
  const bar = part(root, "suggest-bar");
  const text = part(root, "suggest-count");
  const buttons = ["accept-one", "reject-one", "accept-note"].map((id) => part(root, id, HTMLButtonElement));
  buttons[0]?.addEventListener("click", () => bus.emit("command", "accept"));
  buttons[1]?.addEventListener("click", () => bus.emit("command", "reject"));
  buttons[2]?.addEventListener("click", () => {
    const note = openNote(store.get());
    if (!note) return;
    const open = openSuggestions(note, shownSuggestions(store.get(), note) ?? []);
    const marks = open.map((mark) => ({ note: note.id, mark }));
    if (marks.length > 0) bus.emit("edit", { kind: "suggestions-accept", marks });
  });
  store.draw(
    whenChanged(
      (state) => [openNote(state), state.suggest, hasSuggester(state), state.suggestions, matchesIn(state), state.preannotations, state.settings.blind, state.writable],
      (state, note, suggest, suggester, _suggestions, _matches, _theirs, blind, writable) => {
        bar.hidden = !note || !suggest || !suggester;
        if (!note || bar.hidden) return;
        const shown = shownSuggestions(state, note);
        const open = openSuggestions(note, shown ?? []).length;
        setText(text, suggestText({ open, known: shown !== null, hidden: blind && note.status !== "done" }));
        for (const button of buttons) button.disabled = !writable || open === 0;
      },
    ),
  );
}

/** @param {{open: number, known: boolean, hidden: boolean}} what */
function suggestText({ open, known, hidden }) {
  if (hidden) return words("suggestions.blind");
  if (!known) return words("suggestions.looking");
  return open === 0 ? words("suggestions.none") : words("suggestions.open", { count: open });
}
