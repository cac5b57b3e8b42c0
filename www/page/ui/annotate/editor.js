// The editor of a note: shows the text with its marks and the annotator's place in it, and turns what people do with
// mouse, finger and keys into edits.

import { text } from "../../language/language.js";
import { attributeName, toggled } from "../../state/annotate/details.js";
import { countOf, tokenAt } from "../../state/annotate/tokens.js";
import { untrained } from "../../state/annotate/untrained.js";
import * as walking from "../../state/annotate/walk.js";
import { bare, sameMark } from "../../state/edit/change.js";
import { openNote } from "../../state/open-note.js";
import { together } from "../../state/segments.js";
import { drawnSuggestions, hasSuggester, matchesIn } from "../../state/suggestions.js";
import { part, whenChanged } from "../dom.js";
import { mountBar } from "./bar.js";
import { watchKeys } from "./editor-keys.js";
import { pointing } from "./editor-pointer.js";
import { NoteTokens } from "./note-tokens.js";
import { createOverlay } from "./overlay.js";
import { watchPointer } from "./pointer.js";
import { describePlace } from "./speech.js";
import { TextView } from "./text-view.js";

/**
 * @typedef {import("../../state/annotate/walk.js").Walk} Walk
 * @typedef {import("../../state/segments.js").Marked} Marked
 * @typedef {{pickLabel: (title: string, choose: (name: string) => void) => void, findRepeats: (mark: Fedner.Entity) => void, editDetails: (which: Page.NoteMark) => void, say: (text: string) => void}} Helpers
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
      (state) => [state.notes, state.selected, state.labels, state.examined, state.suggest && hasSuggester(state), state.suggestions, matchesIn(state), state.preannotations, state.settings.blind],
      (state, ..._changed) => editor.draw(state),
    ),
  );
}

class Editor {
  /** @type {Page.Note | null} */
  #note = null;
  #tokens = new NoteTokens();
  /** @type {Marked[]} */
  #marks = [];
  /** @type {Walk | null} */
  #walk = null;
  /** Chosen by pointer: the bar with labels is shown beside it. */
  #pointed = false;
  #alone = false;
  /** @type {string | null} */
  #lastLabel = null;
  /** The mark whose handle is being dragged, as it is stored. @type {Fedner.Entity | null} */
  dragged = null;
  /** Whether the text may be scrolled; asking the browser would force a layout. */
  #scrolled = false;
  #fromTop = false;
  #placing = false;
  /** What keys have gone to is kept in sight while the text around it takes its height. @type {"first" | "last" | null} */
  #keptInSight = null;

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
    this.view = new TextView(this.element, this.scroller);
    this.overlay = createOverlay(part(root, "text-overlay"));
    this.bar = mountBar(part(root, "mark-bar"), {
      label: (name) => this.mark(name),
      pick: () => this.pick(),
      remove: () => this.remove(),
      repeats: () => this.repeats(),
      command: (id) => bus.emit("command", id),
    });
    watchKeys(this.element, this);
    watchPointer(part(root, "text-body"), this.scroller, pointing(this));
    this.scroller.addEventListener("scroll", () => void (this.#scrolled = true), { passive: true });
    for (const kind of ["wheel", "pointerdown", "touchstart"]) {
      this.scroller.addEventListener(kind, () => void (this.#keptInSight = null), { passive: true });
    }
    new ResizeObserver(() => {
      this.#show();
      if (this.#keptInSight) this.overlay.reveal(this.#keptInSight);
      // In the next frame: drawing changes the height that is observed.
      requestAnimationFrame(() => this.view.drawNear());
    }).observe(this.element);
    this.element.addEventListener("copy", (event) => this.#copy(event));
    bus.on("use-label", (name) => this.#use(name));
    bus.on("show-mark", (which) => this.#showMark(which));
  }

  get tokens() {
    return this.#tokens.all;
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

  /** The cursor; at the start of the note while there is none. */
  get place() {
    return this.#walk ?? walking.at(0);
  }

  /** The cursor; null while there is none. */
  get walk() {
    return this.#walk;
  }

  /** The note that is open, if it can be worked on. */
  get open() {
    return this.store.get().writable && countOf(this.tokens) > 0 ? this.#note : null;
  }

  /** @param {Page.State} state */
  draw(state) {
    const { labels, examined } = state;
    const opened = openNote(state) ?? null;
    const another = opened?.id !== this.#note?.id;
    const before = this.#walk && !another ? walking.range(this.tokens, this.#walk) : null;
    const others = this.#tokens.take(opened?.text ?? null, examined);
    this.#note = opened;
    if (others && before) this.#moveTo(before);
    this.#marks = together(opened?.entities ?? [], opened ? drawnSuggestions(state, opened) : []);
    this.view.draw(opened?.text ?? "", this.#marks, { labels, untrained: untrained(state) });
    if (another) {
      this.#walk = null;
      this.#keptInSight = null;
    } else this.#keepPlace();
    this.#fromTop ||= another && this.#scrolled;
    this.#placeSoon();
  }

  /** The chosen mark may have been changed, or undone, from elsewhere. */
  #keepPlace() {
    const walk = this.#walk;
    if (!walk?.mark || this.dragged) return;
    const { mark, border, head } = walk;
    const found = this.#marks.find((known) => sameMark(known, mark));
    this.#walk = found ? walking.chosen(this.tokens, found, border) : walking.at(head);
  }

  /** The same place by other tokens. @param {{start: number, end: number}} before */
  #moveTo(before) {
    const walk = this.#walk;
    const { tokens } = this;
    if (!walk || countOf(tokens) === 0) return;
    const [first, last] = [tokenAt(tokens, before.start), tokenAt(tokens, before.end - 1)];
    const [anchor, head] = walk.anchor <= walk.head ? [first, last] : [last, first];
    this.#walk = walk.mark ? walking.chosen(tokens, walk.mark, walk.border) : walking.at(head, anchor);
  }

  /** Positions are read after the whole page is drawn; otherwise the browser computes its layout twice. */
  #placeSoon() {
    if (this.#placing) return;
    this.#placing = true;
    queueMicrotask(() => {
      this.#placing = false;
      this.#place();
    });
  }

  #place() {
    if (this.#fromTop) {
      this.scroller.scrollTop = 0;
      this.#fromTop = false;
      this.#scrolled = false;
    }
    this.view.drawNear();
    this.#show();
  }

  /** Draws the cursor and puts it into the state. */
  #show() {
    const state = this.store.get();
    const walk = this.#walk;
    if (!this.#note || !walk || countOf(this.tokens) === 0) {
      this.overlay.draw(null);
      this.bar.hide();
      if (state.cursor) this.store.dispatch({ type: "cursor-moved", cursor: null });
      return;
    }
    const { mark, border } = walk;
    const { start, end } = mark ?? walking.range(this.tokens, walk);
    const boxes = this.view.boxes(start, end);
    const wide = walking.extended(walk);
    const offered = mark !== null || wide || this.#alone;
    const handles = state.writable && !mark?.suggested && (this.#pointed ? offered : mark !== null);
    this.overlay.draw({ kind: mark ? "chosen" : wide ? "selection" : "cursor", boxes, handles, moving: mark ? border : null });
    if (this.#pointed && state.writable && offered && !this.dragged) this.bar.show(boxes, mark, state);
    else this.bar.hide();
    this.#publishCursor({ note: this.#note.id, start, end, mark: mark && bare(mark), suggested: mark?.suggested ?? false });
  }

  /** @param {Page.Cursor} now */
  #publishCursor(now) {
    const { cursor } = this.store.get();
    if (JSON.stringify(cursor) !== JSON.stringify(now)) this.store.dispatch({ type: "cursor-moved", cursor: now });
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
    if (by === "keys") this.#reveal(to.mark ? "first" : forward ? "last" : "first");
    this.say(describePlace({ text: this.text, tokens: this.tokens, walk: to, marks: this.#marks, view: this.view, line }));
  }

  /** @param {"first" | "last"} side */
  #reveal(side) {
    this.#scrolled = true;
    this.#keptInSight = side;
    this.overlay.reveal(side);
  }

  /**
   * Marks what is selected, or gives the chosen mark this label.
   * @param {string} name
   */
  mark(name) {
    const note = this.open;
    if (!note) return;
    const walk = this.place;
    const { mark } = walk;
    this.#lastLabel = name;
    const entity = { ...(mark ? { start: mark.start, end: mark.end } : walking.range(this.tokens, walk)), label: name };
    if (mark?.suggested) this.bus.emit("edit", { kind: "suggestions-accept", marks: [{ note: note.id, mark: entity }] });
    else if (mark) this.bus.emit("edit", { kind: "mark-change", note: note.id, mark: bare(mark), to: entity });
    else this.bus.emit("edit", { kind: "mark-add", note: note.id, mark: entity });
    // The new mark stays chosen, so that it can be changed, unless a label is kept for every selection.
    const kept = this.store.get().sticky !== null;
    const next = kept ? walking.at(walk.head) : walking.chosen(this.tokens, entity);
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
    if (!this.open) return;
    if (!this.#walk) this.go(this.place);
    this.helpers.pickLabel(text(this.#walk?.mark ? "picker.change-to" : "picker.mark-as"), (name) => this.mark(name));
  }

  /** Removes the chosen mark, or the only one at the cursor; of several the innermost is chosen first. */
  remove() {
    const note = this.open;
    if (!note) return;
    const { mark } = this.place;
    if (mark?.suggested) return this.bus.emit("command", "reject");
    if (mark) return this.bus.emit("edit", { kind: "mark-remove", note: note.id, mark: bare(mark) });
    const { start, end } = walking.range(this.tokens, this.place);
    const here = walking.over(this.#marks.filter((known) => !known.suggested), start, end);
    const [first] = here;
    if (!first) return;
    this.go(walking.chosen(this.tokens, first));
    if (here.length === 1) this.bus.emit("edit", { kind: "mark-remove", note: note.id, mark: bare(first) });
  }

  repeats() {
    if (!this.open) return;
    const { sticky, labels } = this.store.get();
    const walk = this.place;
    const label = walk.mark?.label ?? sticky ?? this.#lastLabel ?? labels[0]?.name;
    // Without any label, one is made first.
    if (label === undefined) return this.pick();
    const { start, end } = walk.mark ?? walking.range(this.tokens, walk);
    this.helpers.findRepeats({ start, end, label });
  }

  /** The chosen mark as it is stored; null where none or a suggestion is chosen. */
  get #storedMark() {
    const { mark } = this.place;
    return mark && !mark.suggested ? (this.open?.entities.find((entity) => sameMark(entity, mark)) ?? null) : null;
  }

  /**
   * Gives the chosen mark an attribute or takes it away.
   * @param {string} attribute
   * @returns {boolean} whether a mark is chosen
   */
  attribute(attribute) {
    const mark = this.#storedMark;
    const note = this.open;
    if (!mark || !note) return false;
    this.bus.emit("edit", toggled(note.id, mark, attribute));
    this.say(text(mark.attributes?.includes(attribute) ? "attribute.unset" : "attribute.set", { attribute: attributeName(attribute) }));
    return true;
  }

  /** Asks for the chosen mark's attributes and code. */
  details() {
    const mark = this.#storedMark;
    const note = this.open;
    if (!mark || !note) return false;
    this.helpers.editDetails({ note: note.id, mark });
    return true;
  }

  /**
   * Moves a border of the chosen mark by a token.
   * @param {Walk["border"]} border
   * @param {1 | -1} step
   */
  resize(border, step) {
    const note = this.open;
    const { mark } = this.place;
    if (!note || !mark || mark.suggested) return;
    const to = walking.resized(this.tokens, mark, border, step);
    if (!to) return this.say(text("speech.no-room"));
    this.bus.emit("edit", { kind: "mark-change", note: note.id, mark: bare(mark), to });
    this.go(walking.chosen(this.tokens, to, border), { quiet: true });
    this.#reveal(border === "end" ? "last" : "first");
  }

  /** Keeps a label for every further selection, or stops doing so. */
  toggleSticky() {
    const { sticky, labels } = this.store.get();
    const name = this.place.mark?.label ?? this.#lastLabel ?? labels[0]?.name ?? null;
    this.keep(sticky === null ? name : null);
  }

  /** @param {string | null} name */
  keep(name) {
    this.store.dispatch({ type: "label-kept", name });
  }

  get keeps() {
    return this.store.get().sticky !== null;
  }

  /** A selection is complete: with a label that is kept it is marked. */
  selected() {
    const { sticky } = this.store.get();
    if (sticky !== null) this.mark(sticky);
  }

  /** @param {string} name */
  #use(name) {
    const walk = this.#walk;
    if (walk && (walk.mark || walking.extended(walk) || this.#alone)) this.mark(name);
    else this.keep(this.store.get().sticky === name ? null : name);
  }

  /** @param {ClipboardEvent} event */
  #copy(event) {
    const walk = this.#walk;
    if (!walk || getSelection()?.isCollapsed === false) return;
    const { start, end } = walk.mark ?? walking.range(this.tokens, walk);
    event.clipboardData?.setData("text/plain", this.text.slice(start, end));
    event.preventDefault();
  }

  /** @param {Page.NoteMark} which */
  #showMark({ note: id, mark }) {
    if (this.store.get().selected !== id) {
      this.store.dispatch({ type: "note-opened", id });
      this.draw(this.store.get());
      this.#place();
    }
    if (this.#note?.id !== id) return;
    this.element.focus({ preventScroll: true });
    this.go(walking.chosen(this.tokens, this.#marks.find((known) => sameMark(known, mark)) ?? mark));
  }
}
