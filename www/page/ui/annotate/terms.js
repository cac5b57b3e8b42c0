// The terminology: adding terms, what they find in the notes, and accepting it.

import { text as words } from "../../language/language.js";
import { count } from "../../state/format.js";
import { shownNotes } from "../../state/note-list.js";
import { acceptable, ACCEPT_MAX } from "../../state/terms/accept.js";
import { termTable } from "../../state/terms/term-list.js";
import { button, element, part, saidNode, setText, whenChanged } from "../dom.js";
import { mountFolding } from "../folding.js";

/** Terms that are listed, those with most places first. */
const SHOWN_MAX = 100;
/** Where neither the list nor the person names a label. */
const LABEL = "TERM";

/**
 * @param {HTMLElement} area
 * @param {Page.Context} context
 * @param {(name: string, content: string) => void} save
 */
export function mountTerms(area, context, save) {
  if (!(area instanceof HTMLDetailsElement)) throw new Error("The terminology's area is no details element.");
  mountFolding(area);
  mountAdding(area, context);
  mountFound(area, context);
  mountUse(area, context, save);
}

/**
 * @param {HTMLDetailsElement} area
 * @param {Page.Context} context
 */
function mountAdding(area, { store, bus }) {
  const label = part(area, "terms-label", HTMLInputElement);
  const labels = part(area, "terms-labels");
  const file = part(area, "terms-file", HTMLInputElement);
  const text = part(area, "terms-text", HTMLTextAreaElement);
  const add = part(area, "terms-add", HTMLButtonElement);
  const otherwise = () => label.value.trim() || LABEL;
  file.addEventListener("change", () => {
    for (const chosen of file.files ?? []) bus.emit("add-term-file", { file: chosen, label: otherwise() });
    file.value = "";
  });
  add.addEventListener("click", () => {
    if (text.value.trim() === "") return text.focus();
    bus.emit("add-terms", { content: text.value, label: otherwise() });
    text.value = "";
  });
  store.draw(
    whenChanged(
      (state) => [state.labels, state.writable, state.notes.length > 0],
      (_, defined, writable, notes) => {
        area.hidden = !notes;
        labels.replaceChildren(...defined.map(({ name }) => new Option(name, name)));
        for (const control of [file, text, add]) control.disabled = !writable;
      },
    ),
  );
}

/**
 * @param {HTMLDetailsElement} area
 * @param {Page.Context} context
 */
function mountFound(area, { store, bus }) {
  const summary = part(area, "terms-summary");
  const scroll = part(area, "terms-scroll");
  const list = part(area, "terms-list");
  const problems = part(area, "terms-problems");
  /** @type {Page.Term[] | null} */
  let listed = null;
  const draw = whenChanged(
    (state) => [state.terms, state.term_search, state.notes.length, state.writable, area.open],
    (_, terms, search, notes, writable, open) => {
      if (!open) return;
      setText(summary, summaryText(terms, search, notes));
      scroll.hidden = terms.length === 0;
      problems.hidden = search.problems.length === 0;
      problems.replaceChildren(...search.problems.map((problem) => element("li", {}, saidNode(problem))));
      // While the notes are searched the order would change with every frame.
      if (search.searched < notes && list.childElementCount > 0 && terms === listed) return;
      listed = terms;
      const places = terms.map((term, i) => ({ term, places: search.counts[i] ?? 0 }));
      const most = places.sort((a, b) => b.places - a.places).slice(0, SHOWN_MAX);
      list.replaceChildren(...most.map(({ term, places }) => row(term, places, writable)));
    },
  );
  store.draw(draw);
  area.addEventListener("toggle", () => draw(store.get()));

  /** @param {Page.Term} term @param {number} places @param {boolean} writable */
  function row(term, places, writable) {
    const remove = button("×", () => bus.emit("remove-terms", [term]), { class: "quiet" });
    remove.setAttribute("aria-label", words("terms.remove-term", { term: term.text }));
    remove.disabled = !writable;
    const cells = [term.text, term.label, term.code].map((text) => element("td", {}, text));
    return element("tr", {}, ...cells, element("td", { class: "num" }, count(places)), element("td", {}, remove));
  }
}

/**
 * @param {Page.Term[]} terms
 * @param {Page.TermSearch} search
 * @param {number} notes
 */
function summaryText(terms, { searched, matches, with_match, counts }, notes) {
  if (terms.length === 0) return words("terms.none");
  const found = counts.filter((places) => places > 0).length;
  const sentences = [words("terms.summary", { count: terms.length, found, places: matches, notes: with_match })];
  if (searched < notes) sentences.push(words("terms.searched", { searched, count: notes }));
  if (terms.length > SHOWN_MAX) sentences.push(words("terms.first", { count: SHOWN_MAX }));
  return sentences.join(" ");
}

/**
 * @param {HTMLDetailsElement} area
 * @param {Page.Context} context
 * @param {(name: string, content: string) => void} save
 */
function mountUse(area, { store, bus }, save) {
  const accept = part(area, "terms-accept", HTMLButtonElement);
  const told = part(area, "terms-accept-note");
  const out = part(area, "terms-export", HTMLButtonElement);
  const remove = part(area, "terms-remove", HTMLButtonElement);
  accept.addEventListener("click", () => {
    const { marks } = acceptable(store.get(), shownNotes(store.get()));
    if (marks.length > 0) bus.emit("edit", { kind: "suggestions-accept", marks });
  });
  out.addEventListener("click", () => save("terms.tsv", termTable(store.get().terms)));
  remove.addEventListener("click", () => bus.emit("remove-terms", null));
  const draw = whenChanged(
    (state) => [state.terms, state.term_search, state.notes, state.list, state.search, state.writable, state.settings.blind, area.open],
    (state, terms, search, notes, _list, _search, writable, blind, open) => {
      if (!open) return;
      out.disabled = terms.length === 0;
      remove.disabled = terms.length === 0 || !writable;
      // While the notes are searched the number would change with every frame.
      const ready = terms.length > 0 && search.searched >= notes.length;
      const { marks, more } = ready ? acceptable(state, shownNotes(state)) : { marks: [], more: false };
      const inNotes = new Set(marks.map(({ note }) => note)).size;
      setText(accept, marks.length === 0 ? words("terms.accept-them") : words("terms.accept", { count: marks.length, notes: inNotes }));
      accept.disabled = marks.length === 0 || !writable || blind;
      const sentences = [...(more ? [words("terms.accept-most", { count: ACCEPT_MAX })] : []), words("terms.accept-note")];
      setText(told, sentences.join(" "));
    },
  );
  store.draw(draw);
  area.addEventListener("toggle", () => draw(store.get()));
}
