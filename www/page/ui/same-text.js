// What becomes of notes that an import has brought a second time: with other marks, or with a corrected text.

import { counted } from "../state/format.js";
import { lastingFragment } from "../state/fragment.js";
import { button, element, whenChanged } from "./dom.js";

/**
 * @param {HTMLElement} area
 * @param {Page.Context} context
 */
export function mountSameText(area, { store, bus }) {
  /** @type {(how: Page.SameTextChoice) => () => void} */
  const settle = (how) => () => bus.emit("edit", { kind: "same-text", texts: store.get().import_same, how });
  /** @type {(which: keyof Page.SameText) => () => void} */
  const remove = (which) => () => bus.emit("edit", { kind: "notes-remove", notes: [...new Set(store.get().import_changed.map((pair) => pair[which]))] });

  store.draw(
    whenChanged(
      (state) => [state.import_same, state.import_changed, state.writable, state.engine === "up"],
      (_, same, changed, writable, ready) => {
        area.hidden = same.length + changed.length === 0 || !writable;
        const compare = button("Compare them", () => {
          bus.emit("compare-same", same);
          location.hash = lastingFragment(store.get().workspace, "compare");
        }, { id: "same-compare" });
        compare.disabled = !ready;
        const ways = [
          button("Merge the marks", settle("merge"), { id: "same-merge" }),
          button("Take the new marks", settle("replace"), { id: "same-replace" }),
          button("Keep the old marks", settle("keep-first"), { id: "same-keep-first" }),
          button("Keep both notes", () => store.dispatch({ type: "same-text-kept" }), { id: "same-keep" }),
          compare,
        ];
        const others = [
          button("Take the new texts", remove("before"), { id: "changed-replace" }),
          button("Keep the old texts", remove("added"), { id: "changed-keep-first" }),
          button("Keep both notes", () => store.dispatch({ type: "changed-text-kept" }), { id: "changed-keep" }),
        ];
        area.replaceChildren(
          ...(same.length > 0 ? [question(same.length, "has the text", "have the texts", ", with other marks", ways)] : []),
          ...(changed.length > 0 ? [question(changed.length, "has the name", "have the names", ", with a corrected text; marks are not carried over", others)] : []),
        );
      },
    ),
  );
}

/**
 * @param {number} notes
 * @param {string} one
 * @param {string} several
 * @param {string} more
 * @param {HTMLElement[]} ways
 */
function question(notes, one, several, more, ways) {
  const what = notes === 1 ? `${one} of a note that was here already` : `${several} of notes that were here already`;
  return element("p", {}, `${counted(notes, "note")} ${what}${more}. `, ...ways.flatMap((way) => [way, " "]));
}
