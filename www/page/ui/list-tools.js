// Search, filters and order of the list of notes, how many there are, and what can be done with the open one.

import { count, counted } from "../state/format.js";
import { HELD_OUT_EVERY } from "../state/held-out.js";
import { DEFAULT_LIST, isFiltered, shownNotes, STATUSES } from "../state/note-list.js";
import { openNote } from "../state/open-note.js";
import { tally } from "../state/tally.js";
import { element, part, setText, whenChanged } from "./dom.js";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountListTools(root, context) {
  mountSearch(root, context);
  mountFilters(root, context);
  mountCounts(root, context);
  mountNoteTools(root, context);
}

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
function mountSearch(root, { store, bus }) {
  const search = part(root, "document-filter", HTMLInputElement);
  const scope = part(root, "search-scope", HTMLSelectElement);
  search.addEventListener("input", () => bus.emit("set-list", { search: search.value }));
  scope.addEventListener("change", () => bus.emit("set-list", { scope: /** @type {Page.SearchScope} */ (scope.value) }));
  search.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    part(root, "document-list").focus();
  });
  store.draw(
    whenChanged(
      (state) => [state.list],
      (_, list) => {
        if (search.value !== list.search) search.value = list.search;
        scope.value = list.scope;
      },
    ),
  );
}

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
function mountFilters(root, { store, bus }) {
  const status = part(root, "filter-status", HTMLSelectElement);
  const split = part(root, "filter-split", HTMLSelectElement);
  const label = part(root, "filter-label", HTMLSelectElement);
  const sort = part(root, "list-sort", HTMLSelectElement);
  const clear = part(root, "filter-clear", HTMLButtonElement);
  const summary = part(root, "filter-summary");
  status.append(...STATUSES.map(({ status: value, title, sign }) => option(value, `${sign} ${title}`)));

  status.addEventListener("change", () => bus.emit("set-list", { status: /** @type {Page.ListView["status"]} */ (status.value) }));
  split.addEventListener("change", () => bus.emit("set-list", { split: /** @type {Page.ListView["split"]} */ (split.value) }));
  label.addEventListener("change", () => bus.emit("set-list", { label: label.selectedIndex <= 0 ? null : label.value }));
  sort.addEventListener("change", () => bus.emit("set-list", { sort: /** @type {Page.NoteSort} */ (sort.value) }));
  clear.addEventListener("click", () => bus.emit("set-list", { ...DEFAULT_LIST, sort: store.get().list.sort }));

  store.draw(
    whenChanged(
      (state) => [state.labels, state.list],
      (_, labels, list) => {
        label.replaceChildren(option("", "Any label"), ...labels.map(({ name }) => option(name, name)));
        status.value = list.status;
        split.value = list.split;
        sort.value = list.sort;
        label.value = list.label ?? "";
        const active = [list.status, list.split, list.label ?? "any"].filter((value) => value !== "any").length;
        setText(summary, active === 0 ? "Filter and sort" : `Filter and sort (${counted(active, "filter")})`);
        clear.hidden = !isFiltered(list);
      },
    ),
  );
}

/**
 * @param {string} value
 * @param {string} text
 */
function option(value, text) {
  const made = element("option", {}, text);
  made.value = value;
  return made;
}

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
function mountCounts(root, { store }) {
  const shown = part(root, "list-count");
  const summary = part(root, "notes-summary");
  const heldOutNote = part(root, "held-out-note");
  const empty = part(root, "list-empty");
  store.draw(
    whenChanged(
      (state) => [state.notes, state.list, state.search, state.selected],
      (state, notes, list, search, _selected) => {
        const listed = shownNotes(state).length;
        const some = isFiltered(list) ? `${count(listed)} of ${counted(notes.length, "note")}` : counted(notes.length, "note");
        const searching = search && !search.done ? ` · ${count(search.searched)} searched …` : "";
        setText(shown, `${some}${searching}`);
        empty.hidden = listed > 0 || searching !== "";
      },
    ),
  );
  store.draw(
    whenChanged(
      (state) => [state.notes],
      (_, notes) => {
        setText(summary, summaryText(notes.length, tally(notes)));
        setText(heldOutNote, heldOutText(tally(notes)));
      },
    ),
  );
}

/**
 * @param {number} notes
 * @param {import("../state/tally.js").Tally} counts
 */
function summaryText(notes, { done, labelled, held_out }) {
  if (notes === 0) return "None yet.";
  const unlabelled = notes - labelled;
  const rest = unlabelled > 0 ? `, ${count(unlabelled)} unlabelled` : "";
  return `${count(done)} of ${count(notes)} done · ${counted(labelled - held_out, "training note")}, ${count(held_out)} held out${rest}`;
}

/** @param {import("../state/tally.js").Tally} counts */
function heldOutText({ labelled, held_out, chosen }) {
  if (labelled === 0) return "Unlabelled notes can be read and tried, but training needs labelled ones.";
  if (held_out === 0) return "No note is held out, so training can’t be scored. Open a note and press “Hold out”.";
  return chosen > 0
    ? `No file was named as held out, so about every ${HELD_OUT_EVERY}th note is.`
    : "Held-out notes are only used for scoring.";
}

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
function mountNoteTools(root, { store, bus }) {
  const hold = part(root, "hold-out", HTMLButtonElement);
  const remove = part(root, "remove-note", HTMLButtonElement);
  const removeAll = part(root, "remove-all", HTMLButtonElement);
  hold.addEventListener("click", () => {
    const { selected } = store.get();
    if (selected) bus.emit("set-split", { id: selected, held_out: hold.getAttribute("aria-pressed") !== "true" });
  });
  remove.addEventListener("click", () => {
    const { selected } = store.get();
    if (selected) bus.emit("edit", { kind: "notes-remove", notes: [selected] });
  });
  removeAll.addEventListener("click", () => {
    bus.emit("edit", { kind: "notes-remove", notes: shownNotes(store.get()).map((note) => note.id) });
  });
  store.draw(
    whenChanged(
      (state) => [state.notes, state.selected, state.writable, state.run.kind, state.list, state.search],
      (state, notes, selected, writable, run, list, _search) => {
        const note = openNote({ notes, selected });
        const locked = !writable || run !== "idle";
        hold.setAttribute("aria-pressed", String(note?.held_out ?? false));
        hold.disabled = locked || !note?.labelled;
        hold.title = note && !note.labelled ? "A note without labels can’t be scored." : "Held-out notes are scored on, never trained on.";
        remove.disabled = locked || !note;
        const listed = shownNotes(state).length;
        removeAll.disabled = locked || listed === 0;
        setText(removeAll, isFiltered(list) ? `Remove the ${counted(listed, "listed note")}` : "Remove all notes");
      },
    ),
  );
}
