// The list of notes: drawn in pages, so that thousands stay fluent.

import { count, counted } from "../state/format.js";
import { chosenByPage, HELD_OUT_EVERY } from "../state/held-out.js";
import { button, element, part, reconcile, setText, whenChanged } from "./dom.js";

/** Rows drawn at first, and more each time the end is reached. */
const ROWS = 100;

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountDocumentList(root, { store, bus }) {
  const reader = part(root, "reader");
  const list = part(root, "document-list");
  const filter = part(root, "document-filter", HTMLInputElement);
  const more = part(root, "document-more");
  const removeAll = part(root, "remove-all", HTMLButtonElement);
  let shown = ROWS;

  filter.addEventListener("input", () => {
    shown = ROWS;
    draw(store.get());
  });
  removeAll.addEventListener("click", () => {
    bus.emit("edit", { kind: "notes-remove", notes: matching(store.get().documents, filter.value).map((note) => note.id) });
  });
  part(root, "document-more-button").addEventListener("click", showMore);
  new IntersectionObserver((seen) => {
    if (seen.some((entry) => entry.isIntersecting)) showMore();
  }).observe(more);
  list.addEventListener("keydown", (event) => walk(event, list));

  function showMore() {
    shown += ROWS;
    draw(store.get());
  }

  /** @param {Page.State} state */
  function draw(state) {
    const found = matching(state.documents, filter.value);
    const locked = !state.writable || state.run.kind !== "idle";
    reader.hidden = state.documents.length === 0;
    more.hidden = found.length <= shown;
    removeAll.disabled = locked || found.length === 0;
    setText(removeAll, filter.value.trim() === "" ? "Remove all" : `Remove ${counted(found.length, "match", "matches")}`);
    reconcile(list, found.slice(0, shown), (note) => note.id, (note) => row(note, bus), (made, note) =>
      update(made, note, note.id === state.selected, locked),
    );
  }

  store.draw(
    whenChanged((state) => [state.documents, state.selected, state.writable, state.run.kind], (state, ..._changed) => draw(state)),
  );
  mountSummary(root, store);
}

/**
 * @param {HTMLElement} root
 * @param {Page.Store} store
 */
function mountSummary(root, store) {
  const summary = part(root, "notes-summary");
  const heldOutNote = part(root, "held-out-note");
  store.draw(
    whenChanged(
      (state) => [state.documents],
      (_, notes) => {
        const labelled = notes.filter((note) => note.labelled);
        const heldOut = labelled.filter((note) => note.held_out).length;
        const unlabelled = notes.length - labelled.length;
        const split = `${counted(labelled.length - heldOut, "training note")}, ${count(heldOut)} held out`;
        const rest = unlabelled > 0 ? `, ${count(unlabelled)} unlabelled` : "";
        setText(summary, notes.length === 0 ? "None yet." : `${split}${rest}`);
        setText(heldOutNote, heldOutText(labelled, heldOut));
      },
    ),
  );
}

/**
 * @param {Page.Note[]} notes
 * @param {number} heldOut
 */
function heldOutText(notes, heldOut) {
  if (notes.length === 0) return "Unlabelled notes can be read and tried, but training needs labelled ones.";
  if (heldOut === 0) return "No note is held out, so training can’t be scored. Press a note’s “Training” badge to hold it out.";
  const why = chosenByPage(notes)
    ? `No file was named as held out, so about every ${HELD_OUT_EVERY}th note is. `
    : "Held-out notes are only used for scoring. ";
  return `${why}Press a badge to change it.`;
}

/**
 * @param {Page.Note[]} notes
 * @param {string} typed
 */
function matching(notes, typed) {
  const wanted = typed.trim().toLocaleLowerCase();
  if (wanted === "") return notes;
  return notes.filter((note) => `${note.name}\n${note.text}`.toLocaleLowerCase().includes(wanted));
}

/**
 * @param {Page.Note} note
 * @param {Page.Bus} bus
 */
function row(note, bus) {
  const open = button("", () => bus.emit("select", note.id), { class: "open" });
  open.append(
    element("span", { class: "name" }, note.name),
    element("span", { class: "excerpt small muted" }, note.text.slice(0, 90).replace(/\s+/g, " ")),
  );
  const badge = element("button", { type: "button", class: "badge" });
  badge.addEventListener("click", () => {
    bus.emit("set-split", { id: note.id, held_out: badge.getAttribute("aria-pressed") !== "true" });
  });
  const remove = button("×", () => bus.emit("edit", { kind: "notes-remove", notes: [note.id] }), { class: "quiet remove" });
  remove.setAttribute("aria-label", `Remove ${note.name}`);
  const entities = element("span", { class: "counts small muted" }, count(note.entities.length));
  entities.title = counted(note.entities.length, "labelled entity", "labelled entities");
  entities.append(element("span", { class: "visually-hidden" }, note.entities.length === 1 ? " entity" : " entities"));
  return element("li", {}, open, entities, badge, remove);
}

/**
 * @param {HTMLElement} made
 * @param {Page.Note} note
 * @param {boolean} selected
 * @param {boolean} locked
 */
function update(made, note, selected, locked) {
  const [open, badge, remove] = /** @type {[HTMLButtonElement, HTMLButtonElement, HTMLButtonElement]} */ ([
    ...made.querySelectorAll("button"),
  ]);
  made.classList.toggle("selected", selected);
  if (selected) open.setAttribute("aria-current", "true");
  else open.removeAttribute("aria-current");
  badge.setAttribute("aria-pressed", String(note.held_out));
  badge.setAttribute("aria-label", `Held out: ${note.name}`);
  badge.classList.toggle("held-out", note.held_out);
  setText(badge, badgeText(note));
  badge.disabled = locked || !note.labelled;
  remove.disabled = locked;
}

/** @param {Page.Note} note */
function badgeText(note) {
  if (!note.labelled) return "Unlabelled";
  return note.held_out ? "Held out" : "Training";
}

/**
 * Up and down go through the notes.
 * @param {KeyboardEvent} event
 * @param {HTMLElement} list
 */
function walk(event, list) {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const row = event.target instanceof Element ? event.target.closest("li") : null;
  const next = event.key === "ArrowDown" ? row?.nextElementSibling : row?.previousElementSibling;
  const open = next?.querySelector("button");
  if (!open || !list.contains(open)) return;
  event.preventDefault();
  open.focus();
  open.click();
}
