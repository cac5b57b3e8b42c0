// Announces what was done to screen readers, for which nothing else on the page changes.

import { text as words } from "../../language/language.js";
import { setText, whenChanged } from "../dom.js";

/**
 * @param {HTMLElement} region a polite live region
 * @param {Page.Context} context
 */
export function mountAnnouncer(region, { store }) {
  /** @type {Page.EditHistory | null} */
  let before = null;
  store.draw(
    whenChanged(
      (state) => [state.edits],
      (_, edits) => {
        if (before) say(whatHappened(before, edits));
        before = edits;
      },
    ),
  );
  /** @type {string | null} */
  let kept = null;
  store.draw(({ sticky }) => {
    if (sticky === kept) return;
    kept = sticky;
    say(sticky === null ? words("speech.not-kept") : words("speech.kept", { label: sticky }));
  });

  /** @param {string} text */
  function say(text) {
    if (text === "") return;
    // The same words twice in a row must be announced twice.
    setText(region, region.textContent === text ? `${text}\u00a0` : text);
  }
  return say;
}

/**
 * @param {Page.EditHistory} before
 * @param {Page.EditHistory} now
 */
function whatHappened(before, now) {
  const last = now.records[now.done - 1];
  const undone = before.records[now.done];
  if (now.records === before.records && now.done < before.done) return words("speech.undone", { what: undone?.title ?? "" });
  if (now.records === before.records && now.done > before.done) return words("speech.redone", { what: last?.title ?? "" });
  return last && last !== before.records[before.done - 1] ? words("speech.done", { what: last.title }) : "";
}
