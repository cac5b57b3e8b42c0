// What is said of a mark beside its place and label: attributes, and a code in a terminology.

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
 * Marks with what a file says of them.
 * @param {Fedner.Entity[]} entities
 * @param {Fedner.EntityDetail[]} details
 * @returns {Page.Mark[]}
 */
export function withDetails(entities, details) {
  const said = new Map(details.map((detail) => [detail.entity, detail]));
  return entities.map((entity, i) => ({ ...entity, ...detailsOf(said.get(i) ?? {}) }));
}

/**
 * What is said of marks, as files take it.
 * @param {Page.Mark[]} marks
 * @returns {Fedner.EntityDetail[]}
 */
export function detailsFor(marks) {
  return marks.flatMap(({ code, attributes = [] }, entity) => (code || attributes.length > 0 ? [{ entity, code: code ?? null, attributes }] : []));
}
