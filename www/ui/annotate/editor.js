// The editor of a note: shows the text with its spans and the annotator's place in it, and turns what people do with
// mouse, finger and keys into edits.

import { browserTokens, countOf, tokenAt, uncut } from "../../state/annotate/tokens.js";
import * as walking from "../../state/annotate/walk.js";
import { sameSpan } from "../../state/edit/change.js";
import { together } from "../../state/segments.js";
import { part, whenChanged } from "../dom.js";
import { mountBar } from "./bar.js";
import { watchKeys } from "./editor-keys.js";
import { createOverlay } from "./overlay.js";
import { watchPointer } from "./pointer.js";
import { placeWords } from "./speech.js";
import { createTextView } from "./text-view.js";

/**
 * @typedef {import("../../state/annotate/walk.js").Walk} Walk
 * @typedef {import("../../state/segments.js").Marked} Marked
 * @typedef {{pickLabel: (title: string, choose: (name: string) => void) => void, findRepeats: (span: Fedner.Entity) => void, say: (text: string) => void}} Helpers
 */

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 * @param {Helpers} helpers
 */
export function mountEditor(root, { store, bus }, { pickLabel, findRepeats, say }) {
  const text = part(root, "document-text");
  const view = createTextView(text);
  const overlay = createOverlay(part(root, "text-overlay"));
  /** @type {Page.Note | null} */
  let note = null;
  /** @type {Uint32Array} */
  let tokens = new Uint32Array();
  /** @type {Uint32Array | null} */
  let engineTokens = null;
  /** @type {Marked[]} */
  let marks = [];
  /** @type {Walk | null} */
  let walk = null;
  /** By pointer: then the labels to choose from come up beside it. */
  let pointed = false;
  /** @type {string | null} */
  let lastLabel = null;

  const bar = mountBar(part(root, "span-bar"), {
    label: (name) => mark(name),
    pick: () => pick(),
    remove: () => remove(),
    repeats: () => repeatsOf(),
    command: (id) => bus.emit("command", id),
  });

  store.draw(
    whenChanged(
      (state) => [state.documents, state.selected, state.labels, state.examined, state.suggest && state.has_model, state.suggestions],
      (state, documents, selected, labels, examined, suggest, suggestions) => {
        const opened = documents.find((candidate) => candidate.id === selected) ?? null;
        const another = opened?.id !== note?.id;
        if (another || opened?.text !== note?.text || (examined?.tokens ?? null) !== engineTokens) retoken(opened, examined);
        note = opened;
        const suggested = (suggest && note && suggestions[note.id]?.entities) || [];
        const standing = suggested.filter((span) => !note?.rejected.some((known) => sameSpan(known, span)));
        marks = together(note?.entities ?? [], standing);
        view.draw(note?.text ?? "", marks, { labels, untrained: untrained(state) });
        if (another) {
          walk = null;
          part(root, "text-scroll").scrollTop = 0;
        } else if (walk?.span && !marks.some((known) => sameSpan(known, /** @type {Marked} */ (walk?.span)))) {
          walk = walking.at(walk.head);
        } else if (walk?.span) {
          const { span, border } = walk;
          walk = walking.chosen(tokens, marks.find((known) => sameSpan(known, span)) ?? span, border);
        }
        show();
      },
    ),
  );
  new ResizeObserver(show).observe(text);

  /**
   * @param {Page.Note | null} opened
   * @param {Page.Examination | null} examined
   */
  function retoken(opened, examined) {
    const before = walk && note ? walking.range(tokens, walk) : null;
    engineTokens = examined?.tokens ?? null;
    const known = opened && examined?.text === opened.text ? examined.tokens : null;
    tokens = opened ? uncut(opened.text, known ?? browserTokens(opened.text)) : new Uint32Array();
    if (!walk || !before || opened?.id !== note?.id || countOf(tokens) === 0) return;
    const [anchor, head] = [tokenAt(tokens, before.start), tokenAt(tokens, before.end - 1)];
    walk = walk.span ? walking.chosen(tokens, walk.span, walk.border) : walking.at(head, anchor);
  }

  /** Draws the annotator's place and tells the others of it. */
  function show() {
    const state = store.get();
    const { cursor } = state;
    if (!note || !walk || countOf(tokens) === 0) {
      overlay.draw(null);
      bar.hide();
      if (cursor) store.dispatch({ type: "patch", patch: { cursor: null } });
      return;
    }
    const { span, border } = walk;
    const { start, end } = span ?? walking.range(tokens, walk);
    const boxes = view.boxes(start, end);
    const wide = walking.extended(walk);
    const movable = state.writable && (wide || (span !== null && !span.suggested));
    const kind = span ? "chosen" : wide ? "selection" : "cursor";
    overlay.draw({ kind, boxes, handles: movable || (pointed && kind === "cursor"), moving: span ? border : null });
    if (pointed && state.writable && (span || kind === "selection" || barOnTokens)) bar.show(boxes.at(-1) ?? null, span, state);
    else bar.hide();
    const entity = span && { start: span.start, end: span.end, label: span.label };
    const now = { note: note.id, start, end, span: entity, suggested: span?.suggested ?? false };
    const same = cursor?.note === now.note && cursor.start === start && cursor.end === end && cursor.suggested === now.suggested;
    if (!same || cursor.span?.label !== entity?.label) store.dispatch({ type: "patch", patch: { cursor: now } });
  }
  /** A token chosen alone, by a double click or a finger, can be marked too. */
  let barOnTokens = false;

  /**
   * @param {Walk | null} to
   * @param {{by?: "keys" | "pointer", line?: boolean, alone?: boolean, quiet?: boolean}} [how]
   */
  function go(to, { by = "keys", line = false, alone = false, quiet = false } = {}) {
    const forward = !walk || !to || to.head >= walk.head;
    walk = to;
    pointed = by === "pointer";
    barOnTokens = alone;
    show();
    if (!to || !note || quiet) return;
    if (by === "keys") overlay.reveal(forward ? "last" : "first");
    say(placeWords({ text: note.text, tokens, walk: to, marks, view, line }));
  }

  /** The place to begin from when there is none yet. */
  function place() {
    return walk ?? walking.at(0);
  }

  /** @param {string} name */
  function mark(name) {
    if (!note || !walk || !store.get().writable || countOf(tokens) === 0) return;
    const { span } = walk;
    lastLabel = name;
    const entity = { ...(span ? { start: span.start, end: span.end } : walking.range(tokens, walk)), label: name };
    if (span?.suggested) bus.emit("edit", { kind: "suggestions-accept", spans: [{ note: note.id, span: entity }] });
    else if (span) bus.emit("edit", { kind: "span-change", note: note.id, span, to: entity });
    else bus.emit("edit", { kind: "span-add", note: note.id, span: entity });
    const kept = store.get().sticky !== null;
    // What was just marked can be changed at once, unless everything is marked in a row.
    go(kept ? walking.at(walk.head) : walking.chosen(tokens, entity), { by: pointed ? "pointer" : "keys", quiet: true });
  }

  /** A selection is complete: with a label that is kept it is marked. */
  function selected() {
    const { sticky } = store.get();
    if (sticky !== null) mark(sticky);
  }

  function pick() {
    if (!note || !store.get().writable) return;
    if (!walk) go(place());
    pickLabel(walk?.span ? "Change the label to" : "Mark as", (name) => mark(name));
  }

  function remove() {
    if (!note || !walk || !store.get().writable) return;
    const { span } = walk;
    if (span?.suggested) return bus.emit("command", "reject");
    if (span) return bus.emit("edit", { kind: "span-remove", note: note.id, span });
    const { start, end } = walking.range(tokens, walk);
    const here = walking.over(marks.filter((known) => !known.suggested), start, end);
    if (here[0]) go(walking.chosen(tokens, here[0]));
    if (here.length === 1 && here[0]) bus.emit("edit", { kind: "span-remove", note: note.id, span: here[0] });
  }

  function repeatsOf() {
    if (!note || !walk) return;
    const label = walk.span?.label ?? store.get().sticky ?? lastLabel ?? store.get().labels[0]?.name;
    if (label === undefined) return say("There is no label yet.");
    findRepeats({ ...(walk.span ?? walking.range(tokens, walk)), label });
  }

  /**
   * @param {Walk["border"]} border
   * @param {number} step
   */
  function resize(border, step) {
    if (!note || !walk?.span || walk.span.suggested || !store.get().writable) return;
    const to = walking.resized(tokens, walk.span, border, step > 0 ? 1 : -1);
    if (!to) return say("There is no room to move the border.");
    bus.emit("edit", { kind: "span-change", note: note.id, span: walk.span, to });
    go({ ...walking.chosen(tokens, to, border) }, { quiet: true });
    overlay.reveal(border === "end" ? "last" : "first");
  }

  /** Until a handle is let go, only what is drawn changes. @type {Fedner.Entity | null} */
  let dragging = null;
  watchPointer(part(root, "text-body"), part(root, "text-scroll"), {
    tokenAt: (x, y) => view.tokenAtPoint(tokens, x, y),
    drag(from, to) {
      text.focus({ preventScroll: true });
      go(walking.at(to, from), { by: "pointer", quiet: true });
      bar.hide();
    },
    dragged(from, to) {
      go(walking.at(to, from), { by: "pointer", alone: true });
      selected();
    },
    click(token, inside, times, touch) {
      text.focus({ preventScroll: true });
      const here = inside ? walking.over(marks, ...offsets(token)) : [];
      if (times > 1) {
        go(walking.at(token), { by: "pointer", alone: true });
        return selected();
      }
      const at = here.findIndex((known) => walk?.span && sameSpan(known, walk.span));
      const next = here[(at + 1) % Math.max(here.length, 1)];
      if (next) go(walking.chosen(tokens, next), { by: "pointer" });
      else go(walking.at(token), { by: "pointer", alone: touch && inside });
    },
    tag(key) {
      text.focus({ preventScroll: true });
      const found = marks.find((known) => `${known.start}-${known.end}-${known.label}` === key);
      if (found) go(walking.chosen(tokens, found), { by: "pointer" });
    },
    border(border, token, done) {
      if (!walk) return;
      const before = dragging ?? walk.span;
      const first = Math.min(walk.anchor, walk.head);
      const last = Math.max(walk.anchor, walk.head);
      const moved = border === "start" ? walking.at(last, Math.min(token, last)) : walking.at(Math.max(token, first), first);
      if (!before) return go(moved, { by: "pointer", alone: true, quiet: !done });
      dragging = done ? null : before;
      walk = moved;
      const to = { ...walking.range(tokens, moved), label: before.label };
      if (!done) return show();
      if (note && !sameSpan(before, to)) bus.emit("edit", { kind: "span-change", note: note.id, span: before, to });
      go(walking.chosen(tokens, to, border), { by: "pointer", quiet: true });
    },
    cancelled: () => {
      dragging = null;
      go(null);
    },
  });

  /** @param {number} token @returns {[number, number]} */
  function offsets(token) {
    const { start, end } = walking.range(tokens, walking.at(token));
    return [start, end];
  }

  watchKeys(text, {
    text: () => note?.text ?? "",
    tokens: () => tokens,
    marks: () => marks,
    place,
    view,
    go,
    mark,
    resize,
    say,
    labels: () => store.get().labels,
    again() {
      const name = store.get().sticky ?? lastLabel;
      if (name === null) pick();
      else mark(name);
    },
    sticky() {
      const { sticky } = store.get();
      setSticky(sticky === null ? (walk?.span?.label ?? lastLabel ?? store.get().labels[0]?.name ?? null) : null);
    },
    keeps: () => store.get().sticky !== null,
    setSticky,
    pick,
    remove,
    repeats: repeatsOf,
  });

  /** @param {string | null} name */
  function setSticky(name) {
    store.dispatch({ type: "patch", patch: { sticky: name } });
  }

  text.addEventListener("copy", (event) => {
    if (!note || !walk || getSelection()?.isCollapsed === false) return;
    const { start, end } = walk.span ?? walking.range(tokens, walk);
    event.clipboardData?.setData("text/plain", note.text.slice(start, end));
    event.preventDefault();
  });
  bus.on("use-label", (name) => {
    if (walk && (walk.span || walking.extended(walk) || barOnTokens)) mark(name);
    else setSticky(store.get().sticky === name ? null : name);
  });
  bus.on("show-span", ({ note: id, span }) => {
    if (store.get().selected !== id) store.dispatch({ type: "patch", patch: { selected: id } });
    // Once it is drawn.
    requestAnimationFrame(() => {
      if (note?.id !== id) return;
      text.focus({ preventScroll: true });
      go(walking.chosen(tokens, marks.find((known) => sameSpan(known, span)) ?? span));
    });
  });
}

/**
 * Why a flat tagger does not learn from a span; null while that is not known, or where it does.
 * @param {Page.State} state
 * @returns {(mark: Marked) => string | null}
 */
export function untrained({ documents, selected, examined, labels }) {
  const note = documents.find((candidate) => candidate.id === selected);
  const off = new Set(labels.filter((label) => !label.on).map((label) => label.name));
  const known = note && examined?.entities === note.entities ? examined : null;
  return (mark) => {
    if (mark.suggested) return null;
    if (off.has(mark.label)) return "Its label is not ticked for training.";
    const at = known?.trained.length ? (note?.entities.findIndex((entity) => sameSpan(entity, mark)) ?? -1) : -1;
    return at < 0 || known?.trained[at] ? null : (known?.reasons[at] ?? "It overlaps another span.");
  };
}
