// Trying the model, and keeping it.

import { text as words } from "../language/language.js";
import { dateAndTime, percent } from "../state/format.js";
import { tint } from "../state/labels.js";
import { modelInUse, originText, scoresInUse } from "../state/models.js";
import { element, part, setText, whenChanged } from "./dom.js";
import { drawMarkedText } from "./marked-text.js";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountModel(root, context) {
  mountTry(root, context);
  mountKeep(root, context);
}

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
function mountTry(root, { store, bus }) {
  const form = part(root, "try-form", HTMLFormElement);
  const text = part(root, "try-text", HTMLTextAreaElement);
  const ask = part(root, "try-button", HTMLButtonElement);
  const result = part(root, "try-result");
  const list = part(root, "try-entities");

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (text.value.trim() === "") text.focus();
    else bus.emit("try-text", text.value);
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });

  store.draw(
    whenChanged(
      (state) => [state.trial.pending, state.has_model, state.engine === "up"],
      (_, pending, model, ready) => {
        ask.disabled = pending || !model || !ready;
        setText(ask, words(pending ? "model.looking" : "model.find"));
      },
    ),
  );
  store.draw(
    whenChanged(
      (state) => [state.trial.entities],
      (state, entities) => {
        result.hidden = entities === null;
        list.hidden = entities === null || entities.length === 0;
        if (!entities) return;
        drawMarkedText(result, state.trial.text, entities, state.labels);
        if (entities.length === 0) setText(result, words("model.found-none", { count: state.trial.tokens }));
        list.replaceChildren(...entities.map((entity) => entityItem(entity, state.trial.text, state.labels)));
      },
    ),
  );
}

/**
 * @param {Fedner.Suggestion} entity
 * @param {string} text
 * @param {Page.LabelDefinition[]} labels
 */
function entityItem(entity, text, labels) {
  const chip = element("span", { class: `chip ${tint(labels, entity.label)}` }, entity.label);
  const sure = element("span", { class: "muted" }, words("model.sure", { sure: percent(entity.confidence) }));
  return element("li", {}, chip, ` ${text.slice(entity.start, entity.end)}`, sure);
}

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
function mountKeep(root, { store, bus }) {
  const download = part(root, "download-model", HTMLButtonElement);
  const withCard = part(root, "export-model", HTMLButtonElement);
  const previous = part(root, "download-previous", HTMLButtonElement);
  const load = part(root, "load-model", HTMLInputElement);
  const facts = part(root, "checkpoint-facts");
  const summary = part(root, "model-summary");

  download.addEventListener("click", () => bus.emit("download-model", null));
  withCard.addEventListener("click", () => bus.emit("export-model", null));
  previous.addEventListener("click", () => bus.emit("download-previous", null));
  load.addEventListener("change", () => {
    const file = load.files?.[0];
    if (file) bus.emit("load-model", file);
    load.value = "";
  });

  store.draw(
    whenChanged(
      (state) => [state.has_previous, state.engine === "up"],
      (_, hasPrevious, ready) => {
        previous.hidden = !hasPrevious;
        previous.disabled = !ready;
      },
    ),
  );
  store.draw(
    whenChanged(
      (state) => [state.has_model, state.models, state.settings.model_choice, scoresInUse(state)],
      (state, hasModel, ..._changed) => setText(summary, hasModel ? modelText(state) : words("model.none")),
    ),
  );
  store.draw(
    whenChanged(
      (state) => [state.has_model, state.checkpoint_ms, state.engine === "up", state.run.kind, state.writable],
      (_, hasModel, checkpoint_ms, ready, kind, writable) => {
        download.disabled = !hasModel || !ready;
        withCard.disabled = !hasModel || !ready || kind !== "idle";
        load.disabled = !ready || kind !== "idle" || !writable;
        setText(facts, checkpoint_ms === null ? "" : words("model.stored", { when: dateAndTime(checkpoint_ms) }));
      },
    ),
  );
}

/** @param {Page.State} state */
function modelText(state) {
  const model = modelInUse(state);
  const scores = scoresInUse(state);
  const origin = model ? words("model.in-use", { origin: originText(model.origin) }) : "";
  return scores ? `${origin} ${words("model.f1", { f1: percent(scores.strict.f1) })}`.trim() : origin;
}
