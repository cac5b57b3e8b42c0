// The keyboard in the text: moving, selecting, marking.

import { text } from "../../language/language.js";
import { isRightToLeft } from "../../state/annotate/direction.js";
import { commandOf } from "../../state/annotate/keys.js";
import { countOf, endOf, startOf } from "../../state/annotate/tokens.js";
import * as walking from "../../state/annotate/walk.js";

/** Tokens looked at for one step up or down. */
const STEP_TOKENS_MAX = 5000;
/** @type {Record<string, string>} */
const OPPOSITE = { left: "right", right: "left", "sentence-left": "sentence-right", "sentence-right": "sentence-left" };

/**
 * @typedef {import("../../state/annotate/walk.js").Walk} Walk
 * @typedef {{
 *   readonly text: string, readonly tokens: Uint32Array, readonly marks: import("../../state/segments.js").Marked[],
 *   readonly place: Walk, readonly labels: Page.LabelDefinition[], readonly keeps: boolean, readonly view: import("./text-view.js").TextView,
 *   go: (to: Walk | null, how?: {line?: boolean}) => void, mark: (name: string) => void, again: () => void, pick: () => void,
 *   resize: (border: Walk["border"], step: 1 | -1) => void, remove: () => void, repeats: () => void,
 *   attribute: (attribute: string) => boolean, details: () => boolean, toggleSticky: () => void, keep: (name: string | null) => void, say: (text: string) => void,
 * }} Editor
 */

/**
 * @param {HTMLElement} text
 * @param {Editor} editor
 */
export function watchKeys(text, editor) {
  const keys = new Keys(text, editor);
  text.addEventListener("keydown", (event) => keys.pressed(event));
}

class Keys {
  #text;
  #editor;
  /** Where up and down aim at, kept while they are pressed in a row. @type {number | null} */
  #column = null;

  /**
   * @param {HTMLElement} text
   * @param {Editor} editor
   */
  constructor(text, editor) {
    this.#text = text;
    this.#editor = editor;
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (countOf(this.#editor.tokens) === 0 || event.isComposing) return;
    if (this.#move(event) || this.#act(event) || this.#label(event)) event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
    const walk = this.#editor.place;
    const command = this.#bySight(commandOf({ key, ctrlKey, metaKey, altKey, shiftKey: false }), walk);
    if (shiftKey && walk.mark && (command === "left" || command === "right")) {
      this.#editor.resize(walk.border, command === "right" ? 1 : -1);
      return true;
    }
    const vertical = command === "up" || command === "down" || command === "page-up" || command === "page-down";
    const to = command === null ? null : this.#target(command, walk);
    if (to === null) return false;
    if (!vertical) this.#column = null;
    this.#editor.go(walking.moved(this.#editor.tokens, walk, to, shiftKey), { line: vertical });
    return true;
  }

  /**
   * Left and right are those of the screen, also where a paragraph is written from right to left.
   * @param {string | null} command
   * @param {Walk} walk
   */
  #bySight(command, { head }) {
    const other = command === null ? undefined : OPPOSITE[command];
    if (command === null || other === undefined) return command;
    const { text, tokens } = this.#editor;
    return isRightToLeft(text, startOf(tokens, Math.min(head, countOf(tokens) - 1))) ? other : command;
  }

  /**
   * The token that a key moves to; null when the key does not move the cursor.
   * @param {string} command
   * @param {Walk} walk
   */
  #target(command, walk) {
    const tokens = this.#editor.tokens;
    const { head } = walk;
    switch (command) {
      case "left":
        return walking.extended(walk) ? Math.min(head, walk.anchor) : head - 1;
      case "right":
        return head + 1;
      case "sentence-left":
        return walking.sentence(this.#editor.text, tokens, this.#editor.view.parts, head, -1);
      case "sentence-right":
        return walking.sentence(this.#editor.text, tokens, this.#editor.view.parts, head, 1);
      case "line-start":
        return this.#lineEnd(head, -1);
      case "line-end":
        return this.#lineEnd(head, 1);
      case "text-start":
        return 0;
      case "text-end":
        return countOf(tokens) - 1;
      case "up":
      case "down":
        return this.#vertically(head, command === "down" ? 1 : -1, 0);
      case "page-up":
      case "page-down":
        return this.#vertically(head, command === "page-down" ? 1 : -1, 0.8 * (this.#text.parentElement?.parentElement?.clientHeight ?? 0));
      default:
        return null;
    }
  }

  /** @param {number} token */
  #box(token) {
    const tokens = this.#editor.tokens;
    return this.#editor.view.boxes(startOf(tokens, token), endOf(tokens, token)).at(-1) ?? null;
  }

  /**
   * The token nearest below or above, at least so many pixels away.
   * @param {number} head
   * @param {1 | -1} direction
   * @param {number} distance_px
   */
  #vertically(head, direction, distance_px) {
    const from = this.#box(head);
    if (!from) return head;
    this.#column ??= (from.left + from.right) / 2;
    const aim = this.#column;
    const last = direction > 0 ? countOf(this.#editor.tokens) - 1 : 0;
    let best = { token: last, away: Number.POSITIVE_INFINITY };
    /** @type {import("./text-view.js").Box | null} */
    let line = null;
    for (let i = head + direction, seen = 0; i >= 0 && i < countOf(this.#editor.tokens) && seen < STEP_TOKENS_MAX; i += direction, seen += 1) {
      const here = this.#box(i);
      if (!here) continue;
      const beyond = direction > 0 ? here.top - Math.max(from.bottom - 1, from.top + distance_px) : Math.min(from.top + 1, from.bottom - distance_px) - here.bottom;
      if (beyond < 0) continue;
      line ??= here;
      if (here.top >= line.bottom || here.bottom <= line.top) break;
      const away = Math.max(here.left - aim, aim - here.right, 0);
      if (away < best.away) best = { token: i, away };
    }
    return best.token;
  }

  /**
   * @param {number} head
   * @param {1 | -1} direction
   */
  #lineEnd(head, direction) {
    const here = this.#box(head);
    let at = head;
    while (here) {
      const next = at + direction >= 0 && at + direction < countOf(this.#editor.tokens) ? this.#box(at + direction) : null;
      if (!next || next.top >= here.bottom || next.bottom <= here.top) break;
      at += direction;
    }
    return at;
  }

  /** @param {KeyboardEvent} event */
  #act(event) {
    const walk = this.#editor.place;
    switch (commandOf(event)) {
      case "next-mark":
      case "previous-mark": {
        const next = walking.neighbour(this.#editor.marks, this.#editor.tokens, walk, commandOf(event) === "next-mark" ? 1 : -1);
        if (next) this.#editor.go(walking.chosen(this.#editor.tokens, next));
        else this.#editor.say(text("speech.no-more"));
        return true;
      }
      case "border": {
        if (!walk.mark) return false;
        const border = walk.border === "end" ? "start" : "end";
        this.#editor.go({ ...walk, border });
        this.#editor.say(text(`speech.moves-${border}`));
        return true;
      }
      case "clear":
        if (!walk.mark && !walking.extended(walk)) return false;
        this.#editor.go(walking.at(walk.head));
        return true;
      case "pick":
        this.#editor.pick();
        return true;
      case "mark-again":
        this.#editor.again();
        return true;
      case "sticky":
        this.#editor.toggleSticky();
        return true;
      case "delete":
        this.#editor.remove();
        return true;
      case "repeats":
        this.#editor.repeats();
        return true;
      case "negated":
      case "historical":
      case "hypothetical":
      case "family":
        // Without a mark it is a label's key.
        return this.#editor.attribute(commandOf(event) ?? "");
      case "details":
        return this.#editor.details();
      default:
        return false;
    }
  }

  /** @param {KeyboardEvent} event */
  #label(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return false;
    const wanted = this.#editor.labels.find((known) => known.key !== "" && known.key === event.key.toLowerCase());
    if (!wanted) return false;
    const walk = this.#editor.place;
    // While a label is kept, a key changes which one; it marks only what is selected.
    if (this.#editor.keeps) this.#editor.keep(wanted.name);
    if (!this.#editor.keeps || walk.mark || walking.extended(walk)) this.#editor.mark(wanted.name);
    return true;
  }
}
