// The cursor's position in words, for screen readers.

import { text as say } from "../../language/language.js";
import { endOf, startOf } from "../../state/annotate/tokens.js";
import { extended, over, range } from "../../state/annotate/walk.js";
import { percent } from "../../state/format.js";

/** Longest piece of text that is said at once. */
const SAID_MAX = 300;

/**
 * @param {{text: string, tokens: Uint32Array, walk: import("../../state/annotate/walk.js").Walk,
 *   marks: import("../../state/segments.js").Marked[], view: import("./text-view.js").TextView, line: boolean}} place
 */
export function describePlace({ text, tokens, walk, marks, view, line }) {
  const { mark } = walk;
  if (mark) {
    const others = over(marks, mark.start, mark.end).filter((other) => other !== mark);
    const said = { words: quoted(text, mark), kind: kindOf(mark) };
    return others.length > 0 ? say("speech.overlaps", { ...said, others: others.map((other) => other.label).join(", ") }) : say("speech.mark", said);
  }
  const selection = range(tokens, walk);
  if (extended(walk)) return say("speech.selected", { words: quoted(text, selection) });
  const here = over(marks, selection.start, selection.end);
  const words = quoted(text, line ? lineOf(tokens, walk.head, view) : selection);
  if (here.length === 0) return words;
  return say("speech.inside", { words, marks: here.map(({ suggested, label }) => (suggested ? say("speech.suggested", { label }) : label)).join(", ") });
}

/** @param {import("../../state/segments.js").Marked} mark */
function kindOf({ suggested, label, confidence }) {
  if (!suggested) return label;
  return confidence === undefined ? say("speech.suggested", { label }) : say("speech.sure", { label, sure: percent(confidence) });
}

/**
 * @param {string} text
 * @param {{start: number, end: number}} part
 */
function quoted(text, { start, end }) {
  const whole = text.slice(start, end).replace(/\s+/gu, " ");
  return whole.length > SAID_MAX ? `${whole.slice(0, SAID_MAX / 2)} … ${whole.slice(-SAID_MAX / 4)}` : whole;
}

/**
 * From the token to the end of its line on the screen.
 * @param {Uint32Array} tokens
 * @param {number} token
 * @param {import("./text-view.js").TextView} view
 */
function lineOf(tokens, token, view) {
  const here = view.boxes(startOf(tokens, token), endOf(tokens, token))[0];
  let last = token;
  while (here && 2 * last + 3 < tokens.length) {
    const next = view.boxes(startOf(tokens, last + 1), endOf(tokens, last + 1))[0];
    if (!next || next.top >= here.bottom) break;
    last += 1;
  }
  return { start: startOf(tokens, token), end: endOf(tokens, last) };
}
