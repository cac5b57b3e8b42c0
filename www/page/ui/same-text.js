// What becomes of notes that an import has brought a second time: with other marks, or with a corrected text.

import { text as words } from "../language/language.js";
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
        const compare = button(words("same.compare"), () => {
          bus.emit("compare-same", same);
          location.hash = lastingFragment(store.get().workspace, "compare");
        }, { id: "same-compare" });
        compare.disabled = !ready;
        const ways = [
          button(words("same.merge"), settle("merge"), { id: "same-merge" }),
          button(words("same.replace"), settle("replace"), { id: "same-replace" }),
          button(words("same.keep-first"), settle("keep-first"), { id: "same-keep-first" }),
          button(words("same.keep-both"), () => store.dispatch({ type: "same-text-kept" }), { id: "same-keep" }),
          compare,
        ];
        const others = [
          button(words("changed.replace"), remove("before"), { id: "changed-replace" }),
          button(words("changed.keep-first"), remove("added"), { id: "changed-keep-first" }),
          button(words("same.keep-both"), () => store.dispatch({ type: "changed-text-kept" }), { id: "changed-keep" }),
        ];
        area.replaceChildren(
          ...(same.length > 0 ? [question(words("same.question", { count: same.length }), ways)] : []),
          ...(changed.length > 0 ? [question(words("changed.question", { count: changed.length }), others)] : []),
        );
      },
    ),
  );
}

/**
 * @param {string} asked
 * @param {HTMLElement[]} ways
 */
function question(asked, ways) {
  return element("p", {}, asked, ...ways.flatMap((way) => [way, " "]));
}
