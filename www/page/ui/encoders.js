// Choosing what kind of model to train, the question before an encoder is fetched, and what fetching and reading do.

import { text } from "../language/language.js";
import { choices, durationText, encoderToTrain, isHere, packNamed, readingTime_ms, share } from "../state/encoders.js";
import { percent, size } from "../state/format.js";
import { timeLeftText } from "../state/time-left.js";
import { button, element, part, setText, whenChanged } from "./dom.js";

/**
 * @param {HTMLElement} root the view of training
 * @param {Page.Context} context
 */
export function mountModelKinds(root, { store, bus }) {
  const details = part(root, "model-kinds", HTMLDetailsElement);
  const list = part(root, "model-kind-list");
  const file = part(root, "encoder-file", HTMLInputElement);
  const told = part(root, "encoder-told");
  const inUse = part(root, "model-kind");
  // The server is asked only when somebody looks.
  details.addEventListener("toggle", () => details.open && bus.emit("look-for-encoders", null));
  file.addEventListener("change", () => {
    const [chosen] = file.files ?? [];
    if (chosen) bus.emit("take-encoder-file", chosen);
    file.value = "";
  });
  list.addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return;
    const chosen = choices(store.get().encoders).find(({ pack }) => pack === target.value);
    bus.emit("choose-model", chosen ? { kind: "encoder", pack: chosen.pack, width: chosen.width } : { kind: "small" });
  });
  store.draw(
    whenChanged(
      (state) => [state.encoders.here, state.encoders.listed, state.encoders.speeds, canChoose(state), state.encoders.offer, state.settings.encoder_choice, state.encoder, state.corpus],
      (state, _here, _listed, _speeds, able, ..._changed) => {
        const { encoders } = state;
        const wanted = encoderToTrain(state);
        setText(inUse, wanted ? (packNamed(encoders, wanted.pack)?.name ?? text("encoder.some")) : text("encoder.small"));
        file.disabled = !able;
        const focused = /** @type {HTMLInputElement | null} */ (list.contains(document.activeElement) ? document.activeElement : null)?.value;
        list.replaceChildren(
          kind({ value: "", name: text("encoder.small-name"), about: text("encoder.small-text"), able, checked: wanted === null }),
          ...choices(encoders).map((pack) => encoderKind(state, pack, able, wanted?.pack === pack.pack, bus)),
        );
        if (focused !== undefined) [...list.querySelectorAll("input")].find(({ value }) => value === focused)?.focus();
        setText(told, toldText(state));
      },
    ),
  );
}

/** @param {Page.State} state */
function canChoose({ run, writable, encoders }) {
  return run.kind === "idle" && writable && encoders.fetching === null;
}

/**
 * @param {{value: string, name: string, about: string, able: boolean, checked: boolean}} model
 * @param {...Node} more
 */
function kind({ value, name, about, able, checked }, ...more) {
  const choice = element("input", { type: "radio", id: `kind-${value.slice(0, 12) || "small"}` });
  choice.name = "model-kind";
  choice.value = value;
  choice.checked = checked;
  choice.disabled = !able;
  return element("div", { class: "kind" }, element("label", { class: "check" }, choice, ` ${name}`), element("p", { class: "muted small" }, about), ...more);
}

/**
 * @param {Page.State} state
 * @param {Page.Encoders.Listed} pack
 * @param {boolean} able
 * @param {boolean} checked
 * @param {Page.Bus} bus
 */
function encoderKind(state, pack, able, checked, bus) {
  const { encoders } = state;
  const here = isHere(encoders, pack.pack);
  const begun = encoders.here?.parts.find((one) => one.pack === pack.pack);
  const sentences = [text("encoder.larger")];
  if (!here) sentences.push(begun ? text("encoder.begun", { here: size(begun.bytes), size: size(pack.bytes) }) : text("encoder.to-fetch", { size: size(pack.bytes) }));
  sentences.push(text("encoder.licence-is", { licence: pack.licence }));
  const speed = encoders.speeds[pack.pack];
  if (speed) sentences.push(text("encoder.speed", { count: Math.round(speed / 10) * 10 }));
  const time_ms = readingTime_ms(state, pack.pack);
  if (time_ms !== null) sentences.push(text("encoder.takes", { duration: durationText(time_ms) }));
  const remove = button(text("encoder.remove"), () => bus.emit("remove-encoder", pack.pack), { class: "quiet" });
  remove.disabled = !able;
  return kind({ value: pack.pack, name: pack.name, about: sentences.join(" "), able, checked }, ...(here ? [remove] : []));
}

/** @param {Page.State} state */
function toldText({ encoders, settings, encoder, has_model }) {
  const sentences = [];
  if (encoders.listed?.length === 0 && encoders.here?.whole.length === 0) sentences.push(text("encoder.none"));
  if (encoders.here && !encoders.here.kept) sentences.push(text("encoder.not-kept"));
  const chosen = settings.encoder_choice;
  const other = chosen && (chosen.kind === "small" ? null : chosen.pack) !== (encoder?.pack ?? null);
  if (has_model && other) sentences.push(text("encoder.new-model"));
  return sentences.join(" ");
}

/**
 * What fetching and reading do.
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountEncoderWork(root, { store, bus }) {
  const bar = part(root, "encoder-progress", HTMLProgressElement);
  const doing = part(root, "encoder-doing");
  const stop = part(root, "encoder-stop", HTMLButtonElement);
  stop.addEventListener("click", () => bus.emit("stop-encoder", null));
  store.draw(
    whenChanged(
      (state) => [state.encoders.fetching, state.encoders.reading, state.run.kind === "idle"],
      (_, fetching, reading, idle) => {
        const work = fetching ?? reading;
        root.hidden = !work;
        if (!work) return;
        bar.value = share(work);
        const left = timeLeftText(work.left_ms);
        const what = fetching ? text("encoder.fetching", { done: size(work.done), total: size(work.total) }) : text("encoder.reading", { share: percent(share(work), 0) });
        setText(doing, left === "" ? `${what}.` : `${what}, ${left}.`);
        // A run is stopped by its own button.
        stop.hidden = fetching === null && !idle;
      },
    ),
  );
}

/**
 * The question before an encoder is fetched.
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountEncoderDialog(root, { store, bus }) {
  if (!(root instanceof HTMLDialogElement)) throw new Error("The encoder’s dialog is not a dialog.");
  const fetchIt = part(root, "encoder-fetch", HTMLButtonElement);
  const facts = part(root, "encoder-facts");
  root.addEventListener("close", () => {
    const yes = root.returnValue === "yes";
    root.returnValue = "";
    bus.emit(yes ? "fetch-encoder" : "decline-encoder", null);
  });
  store.draw(
    whenChanged(
      (state) => [state.encoders.offer],
      (state, offer) => {
        if (!offer) return;
        const { listed } = offer;
        setText(part(root, "encoder-why"), whyText(offer));
        facts.hidden = !listed;
        fetchIt.hidden = !listed;
        setText(part(root, "encoder-name"), listed?.name ?? "");
        setText(part(root, "encoder-size"), listed ? sizeText(state, listed) : "");
        setText(part(root, "encoder-licence"), listed?.licence ?? "");
        if (!root.open) root.showModal();
      },
    ),
  );
}

/** @param {Page.State} state @param {Page.Encoders.Listed} listed */
function sizeText({ encoders }, { pack, bytes }) {
  const begun = encoders.here?.parts.find((one) => one.pack === pack)?.bytes ?? 0;
  return begun > 0 ? text("encoder.rest", { rest: size(bytes - begun), size: size(bytes) }) : size(bytes);
}

/** @param {NonNullable<Page.Encoders.State["offer"]>} offer */
function whyText({ why, listed, encoder }) {
  const who = text(`encoder.why-${why}`);
  return listed ? who : `${who} ${text("encoder.not-offered", { pack: `${encoder.pack.slice(0, 12)}…` })}`;
}
