// Search, filters and order of the list of notes, how many there are, and what can be done with the open one.

import { text } from "../language/language.js";
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
  status.append(...STATUSES.map(({ status: value }) => option(value, "")));

  status.addEventListener("change", () => bus.emit("set-list", { status: /** @type {Page.ListView["status"]} */ (status.value) }));
  split.addEventListener("change", () => bus.emit("set-list", { split: /** @type {Page.ListView["split"]} */ (split.value) }));
  label.addEventListener("change", () => bus.emit("set-list", { label: label.selectedIndex <= 0 ? null : label.value }));
  sort.addEventListener("change", () => bus.emit("set-list", { sort: /** @type {Page.NoteSort} */ (sort.value) }));
  clear.addEventListener("click", () => bus.emit("set-list", { ...DEFAULT_LIST, sort: store.get().list.sort }));

  store.draw(
    whenChanged(
      (state) => [state.labels, state.list],
      (_, labels, list) => {
        STATUSES.forEach(({ status: value, sign }, i) => setText(/** @type {Element} */ (status.options[i + 1]), `${sign} ${text(`note-status.${value}`)}`));
        label.replaceChildren(option("", text("list.any-label")), ...labels.map(({ name }) => option(name, name)));
        status.value = list.status;
        split.value = list.split;
        sort.value = list.sort;
        label.value = list.label ?? "";
        const active = [list.status, list.split, list.label ?? "any"].filter((value) => value !== "any").length;
        setText(summary, active === 0 ? text("list.filter") : text("list.filtered", { count: active }));
        clear.hidden = !isFiltered(list);
      },
    ),
  );
}

/**
 * @param {string} value
 * @param {string} shown
 */
function option(value, shown) {
  const made = element("option", {}, shown);
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
        const some = isFiltered(list) ? text("list.count-of", { listed, count: notes.length }) : text("list.count", { count: notes.length });
        const searching = search && !search.done ? text("list.searched", { count: search.searched }) : "";
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
  if (notes === 0) return text("notes.none");
  const unlabelled = notes - labelled;
  const counts = { done, notes, training: labelled - held_out, held_out };
  return unlabelled > 0 ? text("notes.summary-unlabelled", { ...counts, unlabelled }) : text("notes.summary", counts);
}

/** @param {import("../state/tally.js").Tally} counts */
function heldOutText({ labelled, held_out, chosen }) {
  if (labelled === 0) return text("list.no-labelled");
  if (held_out === 0) return text("list.no-held-out");
  return chosen > 0
    ? text("list.held-out-chosen", { every: HELD_OUT_EVERY })
    : text("list.held-out-only");
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
        hold.title = note && !note.labelled ? text("list.hold-out-unlabelled") : text("list.hold-out-what");
        remove.disabled = locked || !note;
        const listed = shownNotes(state).length;
        removeAll.disabled = locked || listed === 0;
        setText(removeAll, isFiltered(list) ? text("list.remove-listed", { count: listed }) : text("list.remove-all"));
      },
    ),
  );
}
