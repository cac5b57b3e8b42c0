// The editor of a note: shows the text with its spans and the annotator's place in it, and turns what people do with
// mouse, finger and keys into edits.

import { browserTokens, countOf, tokenAt, uncut } from "../../state/annotate/tokens.js";
import { untrained } from "../../state/annotate/untrained.js";
import * as walking from "../../state/annotate/walk.js";
import { sameSpan } from "../../state/edit/change.js";
import { openNote } from "../../state/open-note.js";
import { together } from "../../state/segments.js";
import { drawnSuggestions } from "../../state/suggestions.js";
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
 * @typedef {{by?: "keys" | "pointer", line?: boolean, alone?: boolean, quiet?: boolean}} How
 *   whether whole lines are said, whether a token alone is offered for marking, whether nothing is said at all
 */

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 * @param {Helpers} helpers
 */
export function mountEditor(root, context, helpers) {
  const editor = new Editor(root, context, helpers);
  context.store.draw(
    whenChanged(
      (state) => [state.documents, state.selected, state.labels, state.examined, state.suggest && state.has_model, state.suggestions, state.settings.blind],
      (state, ..._changed) => editor.draw(state),
    ),
  );
}

class Editor {
  /** @type {Page.Note | null} */
  #note = null;
  /** @type {Uint32Array} */
  #tokens = new Uint32Array();
  /** @type {Uint32Array | null} */
  #engineTokens = null;
  /** @type {Marked[]} */
  #marks = [];
  /** @type {Walk | null} */
  #walk = null;
  /** Chosen by pointer: then the labels to choose from come up beside it. */
  #pointed = false;
  #alone = false;
  /** @type {string | null} */
  #lastLabel = null;
  /** The span whose handle is being dragged, as it is stored. @type {Fedner.Entity | null} */
  #dragged = null;

  /**
   * @param {HTMLElement} root
   * @param {Page.Context} context
   * @param {Helpers} helpers
   */
  constructor(root, { store, bus }, helpers) {
    this.store = store;
    this.bus = bus;
    this.helpers = helpers;
    this.say = helpers.say;
    this.element = part(root, "document-text");
    this.scroller = part(root, "text-scroll");
    this.view = createTextView(this.element);
    this.overlay = createOverlay(part(root, "text-overlay"));
    this.bar = mountBar(part(root, "span-bar"), {
      label: (name) => this.mark(name),
      pick: () => this.pick(),
      remove: () => this.remove(),
      repeats: () => this.repeats(),
      command: (id) => bus.emit("command", id),
    });
    watchKeys(this.element, this);
    watchPointer(part(root, "text-body"), this.scroller, this.#pointing());
    new ResizeObserver(() => this.#show()).observe(this.element);
    this.element.addEventListener("copy", (event) => this.#copy(event));
    bus.on("use-label", (name) => this.#use(name));
    bus.on("show-span", (which) => this.#showSpan(which));
  }

  get tokens() {
    return this.#tokens;
  }

  get marks() {
    return this.#marks;
  }

  get text() {
    return this.#note?.text ?? "";
  }

  get labels() {
    return this.store.get().labels;
  }

  /** Where the annotator is; at the start of the note when nowhere yet. */
  get place() {
    return this.#walk ?? walking.at(0);
  }

  /** The note that is open, if it can be worked on. */
  get #open() {
    return this.store.get().writable && countOf(this.#tokens) > 0 ? this.#note : null;
  }

  /** @param {Page.State} state */
  draw(state) {
    const { labels, examined } = state;
    const opened = openNote(state) ?? null;
    const another = opened?.id !== this.#note?.id;
    if (another || opened?.text !== this.#note?.text || (examined?.tokens ?? null) !== this.#engineTokens) {
      this.#tokenise(opened, examined);
    }
    this.#note = opened;
    this.#marks = together(opened?.entities ?? [], opened ? drawnSuggestions(state, opened) : []);
    this.view.draw(opened?.text ?? "", this.#marks, { labels, untrained: untrained(state) });
    if (another) {
      this.#walk = null;
      this.scroller.scrollTop = 0;
    } else this.#keepPlace();
    this.#show();
  }

  /** The chosen span may have been changed, or undone, from elsewhere. */
  #keepPlace() {
    const walk = this.#walk;
    if (!walk?.span || this.#dragged) return;
    const { span, border, head } = walk;
    const found = this.#marks.find((known) => sameSpan(known, span));
    this.#walk = found ? walking.chosen(this.#tokens, found, border) : walking.at(head);
  }

  /**
   * @param {Page.Note | null} opened
   * @param {Page.Examination | null} examined
   */
  #tokenise(opened, examined) {
    const walk = this.#walk;
    const before = walk && walking.range(this.#tokens, walk);
    this.#engineTokens = examined?.tokens ?? null;
    const known = opened && examined?.text === opened.text ? examined.tokens : null;
    this.#tokens = opened ? uncut(opened.text, known ?? browserTokens(opened.text)) : new Uint32Array();
    if (!walk || !before || opened?.id !== this.#note?.id || countOf(this.#tokens) === 0) return;
    const [first, last] = [tokenAt(this.#tokens, before.start), tokenAt(this.#tokens, before.end - 1)];
    const [anchor, head] = walk.anchor <= walk.head ? [first, last] : [last, first];
    this.#walk = walk.span ? walking.chosen(this.#tokens, walk.span, walk.border) : walking.at(head, anchor);
  }

  /** Draws the annotator's place and tells the others of it. */
  #show() {
    const state = this.store.get();
    const walk = this.#walk;
    if (!this.#note || !walk || countOf(this.#tokens) === 0) {
      this.overlay.draw(null);
      this.bar.hide();
      if (state.cursor) this.store.dispatch({ type: "patch", patch: { cursor: null } });
      return;
    }
    const { span, border } = walk;
    const { start, end } = span ?? walking.range(this.#tokens, walk);
    const boxes = this.view.boxes(start, end);
    const wide = walking.extended(walk);
    const offered = span !== null || wide || this.#alone;
    const handles = state.writable && !span?.suggested && (this.#pointed ? offered : span !== null);
    this.overlay.draw({ kind: span ? "chosen" : wide ? "selection" : "cursor", boxes, handles, moving: span ? border : null });
    if (this.#pointed && state.writable && offered && !this.#dragged) this.bar.show(boxes, span, state);
    else this.bar.hide();
    this.#tell({ note: this.#note.id, start, end, span: span && bare(span), suggested: span?.suggested ?? false });
  }

  /** @param {Page.Cursor} now */
  #tell(now) {
    const { cursor } = this.store.get();
    if (JSON.stringify(cursor) !== JSON.stringify(now)) this.store.dispatch({ type: "patch", patch: { cursor: now } });
  }

  /**
   * @param {Walk | null} to
   * @param {How} [how]
   */
  go(to, { by = "keys", line = false, alone = false, quiet = false } = {}) {
    const forward = !this.#walk || !to || to.head >= this.#walk.head;
    this.#walk = to;
    this.#pointed = by === "pointer";
    this.#alone = alone;
    this.#show();
    if (!to || quiet) return;
    if (by === "keys") this.overlay.reveal(to.span ? "first" : forward ? "last" : "first");
    this.say(placeWords({ text: this.text, tokens: this.#tokens, walk: to, marks: this.#marks, view: this.view, line }));
  }

  /**
   * Marks what is selected, or gives the chosen span this label.
   * @param {string} name
   */
  mark(name) {
    const note = this.#open;
    if (!note) return;
    const walk = this.place;
    const { span } = walk;
    this.#lastLabel = name;
    const entity = { ...(span ? { start: span.start, end: span.end } : walking.range(this.#tokens, walk)), label: name };
    if (span?.suggested) this.bus.emit("edit", { kind: "suggestions-accept", spans: [{ note: note.id, span: entity }] });
    else if (span) this.bus.emit("edit", { kind: "span-change", note: note.id, span: bare(span), to: entity });
    else this.bus.emit("edit", { kind: "span-add", note: note.id, span: entity });
    // What was just marked can be changed at once, unless everything is marked in a row.
    const kept = this.store.get().sticky !== null;
    const next = kept ? walking.at(walk.head) : walking.chosen(this.#tokens, entity);
    // Without the bar: it would lie over the words that are to be marked next.
    this.go(next, { quiet: true });
  }

  /** With the label that is kept, or the one used last. */
  again() {
    const name = this.store.get().sticky ?? this.#lastLabel;
    if (name === null) this.pick();
    else this.mark(name);
  }

  pick() {
    if (!this.#open) return;
    if (!this.#walk) this.go(this.place);
    this.helpers.pickLabel(this.#walk?.span ? "Change the label to" : "Mark as", (name) => this.mark(name));
  }

  /** Removes the chosen span, or the only one at the cursor; of several the innermost is chosen first. */
  remove() {
    const note = this.#open;
    if (!note) return;
    const { span } = this.place;
    if (span?.suggested) return this.bus.emit("command", "reject");
    if (span) return this.bus.emit("edit", { kind: "span-remove", note: note.id, span: bare(span) });
    const { start, end } = walking.range(this.#tokens, this.place);
    const here = walking.over(this.#marks.filter((known) => !known.suggested), start, end);
    const [first] = here;
    if (!first) return;
    this.go(walking.chosen(this.#tokens, first));
    if (here.length === 1) this.bus.emit("edit", { kind: "span-remove", note: note.id, span: bare(first) });
  }

  repeats() {
    if (!this.#open) return;
    const { sticky, labels } = this.store.get();
    const walk = this.place;
    const label = walk.span?.label ?? sticky ?? this.#lastLabel ?? labels[0]?.name;
    if (label === undefined) return this.say("There is no label yet.");
    const { start, end } = walk.span ?? walking.range(this.#tokens, walk);
    this.helpers.findRepeats({ start, end, label });
  }

  /**
   * Moves a border of the chosen span by a token.
   * @param {Walk["border"]} border
   * @param {1 | -1} step
   */
  resize(border, step) {
    const note = this.#open;
    const { span } = this.place;
    if (!note || !span || span.suggested) return;
    const to = walking.resized(this.#tokens, span, border, step);
    if (!to) return this.say("There is no room to move the border.");
    this.bus.emit("edit", { kind: "span-change", note: note.id, span: bare(span), to });
    this.go(walking.chosen(this.#tokens, to, border), { quiet: true });
    this.overlay.reveal(border === "end" ? "last" : "first");
  }

  /** Keeps a label for all that follows, or ends it. */
  toggleSticky() {
    const { sticky, labels } = this.store.get();
    const name = this.place.span?.label ?? this.#lastLabel ?? labels[0]?.name ?? null;
    this.keep(sticky === null ? name : null);
  }

  /** @param {string | null} name */
  keep(name) {
    this.store.dispatch({ type: "patch", patch: { sticky: name } });
  }

  get keeps() {
    return this.store.get().sticky !== null;
  }

  /** A selection is complete: with a label that is kept it is marked. */
  #selected() {
    const { sticky } = this.store.get();
    if (sticky !== null) this.mark(sticky);
  }

  /** @param {string} name */
  #use(name) {
    const walk = this.#walk;
    if (walk && (walk.span || walking.extended(walk) || this.#alone)) this.mark(name);
    else this.keep(this.store.get().sticky === name ? null : name);
  }

  /** @returns {import("./pointer.js").Doing} */
  #pointing() {
    const focus = () => this.element.focus({ preventScroll: true });
    return {
      tokenAt: (x, y) => this.view.tokenAtPoint(this.#tokens, x, y),
      drag: (from, to) => {
        focus();
        this.go(walking.at(to, from), { by: "pointer", quiet: true });
        this.bar.hide();
      },
      dragged: (from, to) => {
        this.go(walking.at(to, from), { by: "pointer", alone: true });
        this.#selected();
      },
      click: (token, inside, times, touch) => {
        focus();
        this.#click(token, inside, times, touch);
      },
      tag: (key) => {
        focus();
        const found = this.#marks.find((known) => `${known.start}-${known.end}-${known.label}` === key);
        if (found) this.go(walking.chosen(this.#tokens, found), { by: "pointer" });
      },
      border: (border, token, done) => this.#dragBorder(border, token, done),
      cancelled: () => {
        this.#dragged = null;
        this.go(null);
      },
    };
  }

  /**
   * The innermost span at a word is chosen, the next one out with each further click; a double click selects the word.
   * @param {number} token
   * @param {boolean} inside
   * @param {number} times
   * @param {boolean} touch
   */
  #click(token, inside, times, touch) {
    const alone = walking.at(token);
    if (times > 1) {
      this.go(alone, { by: "pointer", alone: true });
      return this.#selected();
    }
    const { start, end } = walking.range(this.#tokens, alone);
    const here = inside ? walking.over(this.#marks, start, end) : [];
    const chosen = this.#walk?.span ?? null;
    const now = here.findIndex((known) => chosen && sameSpan(known, chosen));
    const next = here[(now + 1) % Math.max(here.length, 1)];
    if (next) this.go(walking.chosen(this.#tokens, next), { by: "pointer" });
    else this.go(alone, { by: "pointer", alone: touch && inside });
  }

  /**
   * Until the handle is let go, only what is drawn changes.
   * @param {Walk["border"]} border
   * @param {number} token
   * @param {boolean} done
   */
  #dragBorder(border, token, done) {
    const walk = this.#walk;
    if (!walk) return;
    const before = this.#dragged ?? walk.span;
    const first = Math.min(walk.anchor, walk.head);
    const last = Math.max(walk.anchor, walk.head);
    const moved = border === "start" ? walking.at(last, Math.min(token, last)) : walking.at(Math.max(token, first), first);
    this.#dragged = done ? null : before && bare(before);
    if (!before || !done) return this.go(moved, { by: "pointer", alone: true, quiet: !done });
    const to = { ...walking.range(this.#tokens, moved), label: before.label };
    const note = this.#open;
    if (note && !sameSpan(before, to)) this.bus.emit("edit", { kind: "span-change", note: note.id, span: bare(before), to });
    // The handles stay; the bar would only be in the way.
    this.go(walking.chosen(this.#tokens, to, border), { quiet: true });
  }

  /** @param {ClipboardEvent} event */
  #copy(event) {
    const walk = this.#walk;
    if (!walk || getSelection()?.isCollapsed === false) return;
    const { start, end } = walk.span ?? walking.range(this.#tokens, walk);
    event.clipboardData?.setData("text/plain", this.text.slice(start, end));
    event.preventDefault();
  }

  /** @param {Page.NoteSpan} which */
  #showSpan({ note: id, span }) {
    if (this.store.get().selected !== id) {
      this.store.dispatch({ type: "patch", patch: { selected: id } });
      this.draw(this.store.get());
    }
    if (this.#note?.id !== id) return;
    this.element.focus({ preventScroll: true });
    this.go(walking.chosen(this.#tokens, this.#marks.find((known) => sameSpan(known, span)) ?? span));
  }
}

/** @param {Fedner.Entity} span @returns {Fedner.Entity} */
function bare({ start, end, label }) {
  return { start, end, label };
}
