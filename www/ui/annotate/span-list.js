// The spans of the open note as a list: each with its label, and whether a flat tagger trains on it.

import { tint } from "../../state/labels.js";
import { untrained } from "../../state/annotate/untrained.js";
import { counted } from "../../state/format.js";
import { button, element, part, setText, whenChanged } from "../dom.js";

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
      (state) => [state.documents, state.selected, state.labels, state.examined, state.cursor?.span ?? null],
      (state, documents, selected, labels, _examined, chosen) => {
        const note = documents.find((candidate) => candidate.id === selected);
        const entities = note?.entities ?? [];
        const why = untrained(state);
        const reasons = entities.map((entity) => why(entity));
        const left = reasons.filter((reason) => reason !== null).length;
        const more = entities.length > SHOWN_MAX ? ` The first ${SHOWN_MAX} are listed.` : "";
        const flat = left > 0 ? ` ${counted(left, "span is", "spans are")} not trained on.` : "";
        setText(summary, entities.length === 0 ? "None yet." : `${counted(entities.length, "span")}.${flat}${more}`);
        const rows = entities.slice(0, SHOWN_MAX).map((entity, i) => {
          const words = (note?.text ?? "").slice(entity.start, Math.min(entity.end, entity.start + WORDS_MAX)).replace(/\s+/gu, " ");
          const open = button("", () => note && bus.emit("show-span", { note: note.id, span: entity }), { class: "span-row" });
          open.append(element("span", { class: `chip ${tint(labels, entity.label)}` }, entity.label), element("span", { class: "words" }, words));
          const reason = reasons[i];
          if (reason) open.append(element("span", { class: "small muted why" }, `Not trained on: ${reason}`));
          const here = chosen && chosen.start === entity.start && chosen.end === entity.end && chosen.label === entity.label;
          if (here) open.setAttribute("aria-current", "true");
          return element("li", {}, open);
        });
        list.replaceChildren(...rows);
      },
    ),
  );
}
