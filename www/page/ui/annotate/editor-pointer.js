// What mouse, pen and finger do to the text: select words, choose marks, move their borders.

import * as walking from "../../state/annotate/walk.js";
import { bare, sameMark } from "../../state/edit/change.js";

/**
 * @typedef {import("../../state/annotate/walk.js").Walk} Walk
 * @typedef {{
 *   element: HTMLElement,
 *   view: import("./text-view.js").TextView,
 *   bar: {hide: () => void},
 *   bus: Page.Bus,
 *   readonly tokens: Uint32Array,
 *   readonly marks: import("../../state/segments.js").Marked[],
 *   readonly walk: Walk | null,
 *   readonly open: Page.Note | null,
 *   dragged: Fedner.Entity | null,
 *   go: (to: Walk | null, how?: {by?: "pointer", alone?: boolean, quiet?: boolean}) => void,
 *   selected: () => void,
 * }} PointedEditor what of the editor a pointer uses
 */

/**
 * @param {PointedEditor} editor
 * @returns {import("./pointer.js").Handlers}
 */
export function pointing(editor) {
  const focus = () => editor.element.focus({ preventScroll: true });
  return {
    tokenAt: (x, y) => editor.view.tokenAtPoint(editor.tokens, x, y),
    drag: (from, to) => {
      focus();
      editor.go(walking.at(to, from), { by: "pointer", quiet: true });
      editor.bar.hide();
    },
    dragged: (from, to) => {
      editor.go(walking.at(to, from), { by: "pointer", alone: true });
      editor.selected();
    },
    click: (token, inside, times, touch) => {
      focus();
      click(editor, { token, inside, times, touch });
    },
    tag: (key) => {
      focus();
      const found = editor.marks.find((known) => `${known.start}-${known.end}-${known.label}` === key);
      if (found) editor.go(walking.chosen(editor.tokens, found), { by: "pointer" });
    },
    border: (border, token, done) => dragBorder(editor, border, token, done),
    cancelled: () => {
      editor.dragged = null;
      editor.go(null);
    },
  };
}

/**
 * The innermost mark at a word is chosen, the next one out with each further click; a double click selects the word.
 * @param {PointedEditor} editor
 * @param {{token: number, inside: boolean, times: number, touch: boolean}} where
 */
function click(editor, { token, inside, times, touch }) {
  const alone = walking.at(token);
  if (times > 1) {
    editor.go(alone, { by: "pointer", alone: true });
    return editor.selected();
  }
  const { start, end } = walking.range(editor.tokens, alone);
  const here = inside ? walking.over(editor.marks, start, end) : [];
  const chosen = editor.walk?.mark ?? null;
  const now = here.findIndex((known) => chosen && sameMark(known, chosen));
  const next = here[(now + 1) % Math.max(here.length, 1)];
  if (next) editor.go(walking.chosen(editor.tokens, next), { by: "pointer" });
  else editor.go(alone, { by: "pointer", alone: touch && inside });
}

/**
 * Until the handle is let go, only what is drawn changes.
 * @param {PointedEditor} editor
 * @param {Walk["border"]} border
 * @param {number} token
 * @param {boolean} done
 */
function dragBorder(editor, border, token, done) {
  const { walk } = editor;
  if (!walk) return;
  const before = editor.dragged ?? walk.mark;
  const first = Math.min(walk.anchor, walk.head);
  const last = Math.max(walk.anchor, walk.head);
  const moved = border === "start" ? walking.at(last, Math.min(token, last)) : walking.at(Math.max(token, first), first);
  editor.dragged = done ? null : before && bare(before);
  if (!before || !done) return editor.go(moved, { by: "pointer", alone: true, quiet: !done });
  const to = { ...walking.range(editor.tokens, moved), label: before.label };
  const note = editor.open;
  if (note && !sameMark(before, to)) editor.bus.emit("edit", { kind: "mark-change", note: note.id, mark: bare(before), to });
  // The handles stay; the bar would hide the text.
  editor.go(walking.chosen(editor.tokens, to, border), { quiet: true });
}
