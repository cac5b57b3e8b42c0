// What is said of a mark beside its place and label: attributes, and a code in a terminology.

import { phrase } from "../../../shared/phrase.js";
import { text } from "../../language/language.js";

/** Attributes with keys of their own. */
export const ATTRIBUTES = /** @type {const} */ (["negated", "historical", "hypothetical", "family"]);
/** Attributes of one mark, and characters of an attribute or code; files hold no more, either. */
export const ATTRIBUTES_MAX = 32;
const CHARACTERS_MAX = 200;

/**
 * Only what is said: nothing where there is neither.
 * @param {{code?: string | null, attributes?: string[]}} said
 * @returns {{code?: string, attributes?: string[]}}
 */
export function detailsOf({ code, attributes = [] }) {
  const known = [...new Set(attributes.map((one) => one.trim()).filter((one) => one !== "" && one.length <= CHARACTERS_MAX))].sort().slice(0, ATTRIBUTES_MAX);
  const trimmed = (code ?? "").trim().slice(0, CHARACTERS_MAX);
  return { ...(trimmed === "" ? {} : { code: trimmed }), ...(known.length === 0 ? {} : { attributes: known }) };
}

/**
 * @param {Page.Mark} a
 * @param {Page.Mark} b
 */
export function sameDetails(a, b) {
  return (a.code ?? "") === (b.code ?? "") && (a.attributes ?? []).join("\n") === (b.attributes ?? []).join("\n");
}

/**
 * The edit that gives a mark an attribute, or takes it away.
 * @param {string} note
 * @param {Page.Mark} mark as it is stored
 * @param {string} attribute
 * @returns {Page.Edit}
 */
export function toggled(note, mark, attribute) {
  const before = mark.attributes ?? [];
  const attributes = before.includes(attribute) ? before.filter((one) => one !== attribute) : [...before, attribute];
  return { kind: "mark-details", note, mark, code: mark.code ?? "", attributes };
}

/** As it is shown beside a mark. @param {{code?: string, attributes?: string[]}} mark */
export function detailsText({ code, attributes = [] }) {
  return [...attributes.map(attributeName), ...(code ? [code] : [])].join(" · ");
}

/** An attribute in words: those of the page are translated, a person's own are as they were written. @param {string} attribute */
export function attributeName(attribute) {
  const own = ATTRIBUTES.find((known) => known === attribute);
  return own ? text(`attribute.${own}`) : attribute;
}

/**
 * What an export has to say of notes whose marks have attributes or codes, which no format writes yet.
 * @param {Page.Note[]} notes
 * @returns {{document: string, message: Page.Said}[]}
 */
export function detailsNotWritten(notes) {
  return notes.flatMap(({ name, entities }) => {
    const marks = entities.filter((mark) => detailsText(mark) !== "").length;
    return marks === 0 ? [] : [{ document: name, message: phrase("details.not-written", { count: marks }) }];
  });
}
