// The marks of the open note as a list: each with its label, and whether a flat tagger trains on it.

import { text as words } from "../../language/language.js";
import { nextFrame } from "../../browser/frames.js";
import { detailsText } from "../../state/annotate/details.js";
import { untrained } from "../../state/annotate/untrained.js";
import { tint } from "../../state/labels.js";
import { openNote } from "../../state/open-note.js";
import { button, element, part, reconcile, setText, whenChanged } from "../dom.js";
import { mountRoving } from "../roving.js";

/** Marks listed at first; a note with more is worked on in its text. */
const SHOWN_MAX = 200;
/** Rows of a note that was just opened that are made in one frame. */
const ROWS_A_FRAME = 40;
/** Characters of a mark that are shown. */
const WORDS_MAX = 60;

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountMarkList(root, { store, bus }) {
  const list = part(root, "mark-list");
  const summary = part(root, "mark-summary");
  mountRoving(list);

  /** Counts the lists drawn: an older one that is still being drawn stops. */
  let turn = 0;
  /** @type {string | null} */
  let listed = null;

  store.draw(
    whenChanged(
      (state) => [state.notes, state.selected, state.labels, state.examined],
      (_, ..._changed) => {
        turn += 1;
        draw(turn);
      },
    ),
  );
  store.draw(whenChanged((state) => [state.cursor?.mark ?? null], (_, chosen) => markChosen(chosen)));

  /**
   * Drawn after the text, and a few rows at a time, so that the text is shown first.
   * @param {number} own
   */
  async function draw(own) {
    await nextFrame();
    if (own !== turn) return;
    const state = store.get();
    const note = openNote(state);
    const entities = note?.entities ?? [];
    const why = untrained(state);
    setText(summary, summaryText(entities.length, entities.filter((entity) => why(entity) !== null).length));
    const another = note?.id !== listed;
    listed = note?.id ?? null;
    for (let shown = another ? ROWS_A_FRAME : SHOWN_MAX; own === turn; shown += ROWS_A_FRAME) {
      reconcile(list, entities.slice(0, Math.min(shown, SHOWN_MAX)), keyOf, (entity) => row(entity, bus, store), (made, entity) => {
        update(made, entity, { text: note?.text ?? "", look: `chip ${tint(state.labels, entity.label)}`, left: why(entity) });
      });
      markChosen(store.get().cursor?.mark ?? null);
      if (shown >= Math.min(entities.length, SHOWN_MAX)) return;
      await nextFrame();
    }
  }

  /** @param {Fedner.Entity | null} chosen */
  function markChosen(chosen) {
    const key = chosen && keyOf(chosen);
    list.querySelector("[aria-current]")?.removeAttribute("aria-current");
    for (const made of list.children) {
      if (made instanceof HTMLElement && made.dataset.key === key) made.firstElementChild?.setAttribute("aria-current", "true");
    }
  }
}

/**
 * @param {Fedner.Entity} entity
 * @param {Page.Bus} bus
 * @param {Page.Store} store
 */
function row(entity, bus, store) {
  const open = button("", () => {
    const { selected } = store.get();
    if (selected !== null) bus.emit("show-mark", { note: selected, mark: entity });
  }, { class: "mark-row" });
  open.append(element("span", { class: "chip" }, entity.label), element("span", { class: "words" }), element("span", { class: "small muted said" }), element("span", { class: "small muted why" }));
  return element("li", {}, open);
}

/**
 * @param {HTMLElement} made
 * @param {Page.Mark} entity
 * @param {{text: string, look: string, left: Page.Said | null}} shown the note's text, the chip's class, and why the mark is not trained on
 */
function update(made, { start, end, ...details }, { text, look, left }) {
  const shown = text.slice(start, Math.min(end, start + WORDS_MAX)).replace(/\s+/gu, " ");
  const more = detailsText(details);
  const why = left === null ? "" : words("marks.not-trained", { why: left });
  const drawn = `${shown} ${look} ${more} ${why}`;
  if (made.dataset.drawn === drawn) return;
  made.dataset.drawn = drawn;
  const [chip, marked, quietly, reason] = /** @type {HTMLElement[]} */ ([...(made.firstElementChild?.children ?? [])]);
  if (!chip || !marked || !quietly || !reason) return;
  chip.className = look;
  setText(marked, shown);
  quietly.hidden = more === "";
  setText(quietly, more);
  reason.hidden = left === null;
  setText(reason, why);
}

/** @param {Fedner.Entity} entity */
function keyOf({ start, end, label }) {
  return `${start}-${end}-${label}`;
}

/**
 * @param {number} all
 * @param {number} left
 */
function summaryText(all, left) {
  if (all === 0) return words("marks.none");
  const sentences = [words("marks.count", { count: all })];
  if (left > 0) sentences.push(words("marks.untrained", { count: left }));
  if (all > SHOWN_MAX) sentences.push(words("marks.first", { count: SHOWN_MAX }));
  return sentences.join(" ");
}
