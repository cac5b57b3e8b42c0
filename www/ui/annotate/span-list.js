// The spans of the open note as a list: each with its label, and whether a flat tagger trains on it.

import { tint } from "../../state/labels.js";
import { untrained } from "../../state/annotate/untrained.js";
import { counted } from "../../state/format.js";
import { openNote } from "../../state/open-note.js";
import { button, element, part, reconcile, setText, whenChanged } from "../dom.js";

/** Spans listed at first; a note with more is worked on in its text. */
const SHOWN_MAX = 200;
/** Characters of a span that are shown. */
const WORDS_MAX = 60;

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountSpanList(root, { store, bus }) {
  const list = part(root, "span-list");
  const summary = part(root, "span-summary");

  store.draw(
    whenChanged(
      (state) => [state.documents, state.selected, state.labels, state.examined],
      (state, documents, selected, labels, ..._changed) => {
        const note = openNote({ documents, selected });
        const entities = note?.entities ?? [];
        const why = untrained(state);
        setText(summary, summaryText(entities.length, entities.filter((entity) => why(entity) !== null).length));
        reconcile(list, entities.slice(0, SHOWN_MAX), keyOf, (entity) => row(entity, bus, store), (made, entity) => {
          const left = why(entity);
          const look = `chip ${tint(labels, entity.label)}`;
          const drawn = `${note?.id} ${look} ${left ?? ""}`;
          if (made.dataset.drawn === drawn) return;
          made.dataset.drawn = drawn;
          const [chip, words, reason] = /** @type {HTMLElement[]} */ ([...(made.firstElementChild?.children ?? [])]);
          if (!chip || !words || !reason) return;
          if (chip.className !== look) chip.className = look;
          setText(words, (note?.text ?? "").slice(entity.start, Math.min(entity.end, entity.start + WORDS_MAX)).replace(/\s+/gu, " "));
          reason.hidden = left === null;
          setText(reason, left === null ? "" : `Not trained on: ${left}`);
        });
        markChosen(state.cursor?.span ?? null);
      },
    ),
  );
  store.draw(whenChanged((state) => [state.cursor?.span ?? null], (_, chosen) => markChosen(chosen)));

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
    if (selected !== null) bus.emit("show-span", { note: selected, span: entity });
  }, { class: "span-row" });
  open.append(element("span", { class: "chip" }, entity.label), element("span", { class: "words" }), element("span", { class: "small muted why" }));
  return element("li", {}, open);
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
  if (all === 0) return "None yet.";
  const more = all > SHOWN_MAX ? ` The first ${SHOWN_MAX} are listed.` : "";
  return `${counted(all, "span")}.${left > 0 ? ` ${counted(left, "span is", "spans are")} not trained on.` : ""}${more}`;
}
