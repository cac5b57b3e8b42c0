// The disagreements of two annotators: a list, the current one side by side, and the keys that settle it.

import { text } from "../language/language.js";
import { aroundDisagreement, CHOICES, decision, disagreementKey } from "../state/comparison.js";
import { button, element, part, setText, whenChanged } from "./dom.js";
import { highlight, rangesIn } from "./highlights.js";
import { drawMarkedText } from "./marked-text.js";
import { createVirtualList } from "./virtual-list.js";

/** Height of a row; the style sheet says the same. */
const ROW_REM = 3.25;

/** @typedef {{key: string, one: Fedner.Disagreement, note: Page.Note | undefined, choice: Page.Choice | null}} Item */

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountAdjudication(root, { store, bus }) {
  const box = part(root, "disagreements");
  const work = part(root, "adjudication");
  const buttons = part(root, "choices");
  const list = createVirtualList(box, {
    row_rem: ROW_REM,
    key: (/** @type {Item} */ item) => item.key,
    create: (item) => element("div", { class: "disagreement virtual-row", id: `disagreement-${item.key}` }),
    update: drawRow,
  });
  /** @type {Item[]} */
  let items = [];

  function edit() {
    const { comparison, compare_at: at } = store.get();
    const one = comparison?.agreement.disagreements[at];
    const mark = one?.a ?? one?.b;
    if (one && mark) bus.emit("show-mark", { note: one.id, mark });
  }
  mountActions(buttons, { store, bus }, edit);

  work.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { compare_at: at } = store.get();
    const choice = CHOICES.find((known) => known.key === event.key)?.choice;
    const steps = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1, PageDown: list.page(), PageUp: -list.page(), Home: -at, End: items.length });
    const step = event.target === box ? steps[event.key] : undefined;
    if (choice) bus.emit("adjudicate", choice);
    else if (step !== undefined) bus.emit("compare-go", at + step);
    else if (event.key.toLowerCase() === "e") edit();
    else if (event.key.toLowerCase() === "z") bus.emit("undo", null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  box.addEventListener("click", (event) => {
    const key = list.keyAt(event);
    const at = items.findIndex((item) => item.key === key);
    if (at >= 0) bus.emit("compare-go", at);
  });

  store.draw(
    whenChanged(
      (state) => [state.comparison, state.compare_at, state.notes, state.labels, state.writable],
      (_, comparison, at, notes, labels, writable) => {
        items = comparison ? itemsOf(comparison, notes) : [];
        work.hidden = items.length === 0;
        const item = items[at];
        list.show(items, item?.key ?? null);
        if (!comparison || !item) return;
        for (const { choice } of CHOICES) {
          const made = part(root, `take-${choice}`, HTMLButtonElement);
          made.disabled = !writable;
          made.setAttribute("aria-pressed", String(item.choice === choice));
        }
        drawSides(root, comparison, item, labels);
      },
    ),
  );
}

/**
 * The buttons that settle the disagreement, and the one that opens its note.
 * @param {HTMLElement} buttons
 * @param {Page.Context} context
 * @param {() => void} edit
 */
function mountActions(buttons, { store, bus }, edit) {
  const actions = [
    ...CHOICES.map(({ choice, key }) => ({ id: `take-${choice}`, words: /** @type {const} */ (`compare.take-${choice}`), key, act: () => bus.emit("adjudicate", choice) })),
    { id: "adjudicate-edit", words: /** @type {const} */ ("compare.edit"), key: "E", act: edit },
  ];
  buttons.append(...actions.map(({ id, act }) => button("", act, id === "adjudicate-edit" ? { id, class: "quiet" } : { id })));
  store.draw(
    whenChanged(
      (state) => [state.language],
      (_, _language) => {
        for (const { id, words, key } of actions) part(buttons, id).replaceChildren(text(words), " ", keyCap(key));
      },
    ),
  );
}

/** @param {string} key */
function keyCap(key) {
  const made = element("kbd", {}, key);
  made.setAttribute("aria-hidden", "true");
  return made;
}

/**
 * @param {Page.Comparison} comparison
 * @param {Page.Note[]} notes
 * @returns {Item[]}
 */
function itemsOf(comparison, notes) {
  const byId = new Map(notes.map((note) => [note.id, note]));
  return comparison.agreement.disagreements.map((one) => {
    const note = byId.get(one.id);
    return { key: `${one.id}-${disagreementKey(one)}`, one, note, choice: decision(comparison, note, one) };
  });
}

/**
 * @param {HTMLElement} made
 * @param {Item} item
 */
function drawRow(made, { one, note, choice }) {
  const mark = one.a ?? one.b;
  const words = mark && note ? note.text.slice(mark.start, mark.end).replace(/\s+/gu, " ") : "";
  const settled = choice ? text(`compare.taken.${choice}`) : text("compare.open");
  const kind = text(`compare.kind.${one.kind}`);
  const labels = [one.a?.label, one.b?.label].filter((label) => label !== undefined);
  const spoken = `${words}: ${kind}, ${[...new Set(labels)].join(text("compare.or"))}, ${settled}`;
  if (made.getAttribute("aria-label") === spoken) return;
  made.setAttribute("aria-label", spoken);
  made.classList.toggle("settled", choice !== null);
  made.replaceChildren(
    element("span", { class: "name" }, words),
    element("span", { class: "small muted" }, `${kind} · ${note?.name ?? text("compare.removed")}`),
    element("span", { class: "facts small" }, `${choice ? "●" : "○"} ${settled}`),
  );
}

/**
 * @param {HTMLElement} root
 * @param {Page.Comparison} comparison
 * @param {Item} item
 * @param {Page.LabelDefinition[]} labels
 */
function drawSides(root, comparison, { one, note }, labels) {
  const pair = comparison.pairs.find(({ id }) => id === one.id);
  setText(part(root, "disagreement-title"), note ? `${note.name}: ${text(`compare.kind.${one.kind}`)}` : text("compare.note-removed"));
  /** @type {[string, Fedner.Entity[]][]} */
  const sides = [["side-mine", pair?.mine ?? []], ["side-theirs", pair?.theirs ?? []], ["side-final", note?.entities ?? []]];
  const ranges = sides.flatMap(([id, entities]) => {
    const around = aroundDisagreement(note?.text ?? "", one, entities);
    const target = part(root, id);
    drawMarkedText(target, around.text, around.entities, labels);
    const found = rangesIn(target, [around.focus]);
    if (around.before) target.prepend("… ");
    if (around.after) target.append(" …");
    return found;
  });
  highlight("disagreement", ranges);
}
