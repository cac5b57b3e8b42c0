// How the model helps: what it looks at, when it is shown, accepting in bulk, and learning in the background.

import { said, text as words } from "../language/language.js";
import { percent } from "../state/format.js";
import { shownNotes } from "../state/note-list.js";
import { assessedCount, surerThan } from "../state/suggestions.js";
import { part, setText, whenChanged } from "./dom.js";
import { mountFolding } from "./folding.js";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountSuggest(root, context) {
  mountSettings(root, context);
  mountAcceptAbove(root, context);
  mountLearning(root, context);
}

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
function mountSettings(root, { store, bus }) {
  const area = part(root, "help-area", HTMLDetailsElement);
  mountFolding(area);
  const assess = part(root, "assess-setting", HTMLInputElement);
  const blind = part(root, "blind-setting", HTMLInputElement);
  const progress = part(root, "assess-progress");
  assess.addEventListener("change", () => bus.emit("set-help", { assess: assess.checked }));
  blind.addEventListener("change", () => bus.emit("set-help", { blind: blind.checked }));
  store.draw(
    whenChanged(
      (state) => [state.settings.assess, state.settings.blind, state.notes.length > 0, state.writable],
      (_, wanted, hidden, notes, writable) => {
        area.hidden = !notes;
        assess.checked = wanted;
        blind.checked = hidden;
        for (const box of [assess, blind]) box.disabled = !writable;
      },
    ),
  );
  const drawProgress = whenChanged(
    (state) => [state.suggestions, state.notes, state.model_turn, state.has_model, state.settings.assess, area.open],
    (state, _suggestions, _documents, _turn, hasModel, wanted, open) => {
      if (!open) return;
      const { done, total } = assessedCount(state);
      if (!hasModel) setText(progress, words("help.no-model"));
      else if (!wanted) setText(progress, words("help.open-note-only"));
      else setText(progress, words("help.assessed", { done, count: total }));
    },
  );
  store.draw(drawProgress);
  area.addEventListener("toggle", () => drawProgress(store.get()));
}

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
function mountAcceptAbove(root, { store, bus }) {
  const area = part(root, "help-area", HTMLDetailsElement);
  const slider = part(root, "accept-above", HTMLInputElement);
  const preview = part(root, "accept-preview");
  const accept = part(root, "accept-all", HTMLButtonElement);

  /** @param {Page.State} state */
  const chosen = (state) => surerThan(shownNotes(state), state.suggestions, Number(slider.value) / 100);
  slider.addEventListener("input", () => draw(store.get()));
  slider.addEventListener("change", () => bus.emit("set-help", { accept_above: Number(slider.value) / 100 }));
  accept.addEventListener("click", () => {
    const marks = chosen(store.get());
    if (marks.length > 0) bus.emit("edit", { kind: "suggestions-accept", marks });
  });
  area.addEventListener("toggle", () => draw(store.get()));

  /** @param {Page.State} state */
  function draw(state) {
    if (!area.open) return;
    const marks = chosen(state);
    const notes = new Set(marks.map(({ note }) => note)).size;
    const bound = percent(Number(slider.value) / 100, 0);
    setText(preview, marks.length === 0 ? words("help.surer-none", { bound }) : words("help.surer", { bound, count: marks.length, notes }));
    slider.setAttribute("aria-valuetext", preview.textContent ?? "");
    setText(accept, marks.length === 0 ? words("help.accept-them") : words("help.accept", { count: marks.length }));
    accept.disabled = marks.length === 0 || !state.writable || state.settings.blind;
    accept.title = words(state.settings.blind ? "help.accept-blind" : "help.accept-undo");
  }

  store.draw(
    whenChanged(
      (state) => [state.settings.accept_above],
      (_, above) => {
        slider.value = String(Math.round(above * 100));
      },
    ),
  );
  store.draw(
    whenChanged(
      (state) => [state.suggestions, state.notes, state.list, state.search, state.settings, state.writable],
      (state, ..._changed) => draw(state),
    ),
  );
}

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
function mountLearning(root, { store, bus }) {
  const learn = part(root, "learn-setting", HTMLInputElement);
  const after = part(root, "learn-after", HTMLInputElement);
  const now = part(root, "learn-button", HTMLButtonElement);
  const result = part(root, "learn-told");
  learn.addEventListener("change", () => bus.emit("set-help", { learn: learn.checked }));
  after.addEventListener("change", () => {
    const wanted = Math.round(Number(after.value));
    bus.emit("set-help", { learn_after: Math.min(Math.max(Number.isFinite(wanted) ? wanted : 1, 1), 1000) });
  });
  now.addEventListener("click", () => bus.emit("learn", null));
  store.draw(
    whenChanged(
      (state) => [state.settings.learn, state.settings.learn_after, state.writable],
      (_, wanted, notes, writable) => {
        learn.checked = wanted;
        learn.disabled = !writable;
        after.disabled = !writable;
        if (document.activeElement !== after) after.value = String(notes);
      },
    ),
  );
  store.draw(
    whenChanged(
      (state) => [state.learning, state.run.kind, state.engine === "up", state.writable],
      (_, { running, step, steps, since, result: text }, run, ready, writable) => {
        now.disabled = running || run !== "idle" || !ready || !writable;
        setText(now, words(running ? "help.learning-now" : "help.learn-now"));
        const waiting = since.length > 0 ? words("help.finished-since", { count: since.length }) : "";
        const progress = steps > 0 ? words("help.learning-step", { step, steps }) : words("help.learning-starts");
        setText(result, running ? progress : [said(text ?? ""), waiting].filter((part) => part !== "").join(" "));
      },
    ),
  );
}
