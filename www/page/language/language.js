// The language the page speaks: its messages, its numbers and its dates.
//
// A message is a text with parameters in braces: "{file}" is replaced by its value, and "{count:# note|# notes}" by the
// form for the number, in which "#" is the number itself. The forms stand in the order of the language's plural
// categories (CLDR: zero, one, two, few, many, other), those it has.

import { isPhrase } from "../../shared/phrase.js";
import { MESSAGES } from "./messages.js";

/**
 * The languages, each by its own name. `locale` decides how numbers and dates are written.
 * @type {Record<Page.LanguageCode, {name: string, locale: string}>}
 */
export const LANGUAGES = {
  en: { name: "English", locale: "en-GB" },
  de: { name: "Deutsch", locale: "de-DE" },
};

/** CLDR's categories in their order. */
const CATEGORIES = /** @type {const} */ (["zero", "one", "two", "few", "many", "other"]);
const PARAMETER = /\{([^{}:]+)(?::([^{}]*))?\}/gu;

/** @type {Page.LanguageCode} */
let current = "en";
let formats = formatsOf(current);

/** The language in use. */
export function language() {
  return current;
}

/** Speaks this language from now on. What is drawn already has to be drawn again. @param {Page.LanguageCode} code */
export function useLanguage(code) {
  if (code === current) return;
  current = code;
  formats = formatsOf(code);
}

/**
 * The first language somebody wants that the page speaks; English where there is none.
 * @param {readonly (string | null)[]} wanted such as "de-AT"
 * @returns {Page.LanguageCode}
 */
export function spokenLanguage(wanted) {
  const codes = /** @type {Page.LanguageCode[]} */ (Object.keys(LANGUAGES));
  const found = wanted.map((tag) => codes.find((code) => code === tag?.toLowerCase().split("-")[0])).find((code) => code !== undefined);
  return found ?? "en";
}

/**
 * A message of the page.
 * @template {Page.MessageKey} K
 * @param {K} key
 * @param {Page.MessageValues<K>} values
 * @returns {string}
 */
export function text(key, ...values) {
  return rendered(key, values[0] ?? {});
}

/**
 * Words as they are shown: messages in the language in use, several sentences with spaces between.
 * @param {Page.Said} what
 * @returns {string}
 */
export function said(what) {
  if (typeof what === "string") return what;
  if (isPhrase(what)) return rendered(what.key, what.values ?? {});
  return what.map(said).filter((words) => words !== "").join(" ");
}

/**
 * A number with these digits after the point.
 * @param {number} value
 * @param {0 | 1 | 2 | 3} digits
 */
export function decimal(value, digits) {
  return formats.decimals[digits].format(value);
}

/** A whole number, its thousands apart. @param {number} value */
export function whole(value) {
  return formats.whole.format(value);
}

/**
 * A date or a time.
 * @param {number} time_ms
 * @param {Intl.DateTimeFormatOptions} how
 */
export function moment(time_ms, how) {
  const name = JSON.stringify(how);
  const known = formats.moments.get(name) ?? new Intl.DateTimeFormat(LANGUAGES[current].locale, how);
  formats.moments.set(name, known);
  return known.format(time_ms);
}

/**
 * @param {Page.MessageKey} key
 * @param {Record<string, Page.MessageValue>} values
 */
function rendered(key, values) {
  // A stored phrase may be of a message that this version no longer has.
  const message = MESSAGES[key]?.[current] ?? key;
  return message.replace(PARAMETER, (_, /** @type {string} */ name, /** @type {string | undefined} */ forms) => {
    const value = values[name] ?? "";
    if (forms !== undefined && typeof value === "number") return chosenForm(forms, value);
    return typeof value === "number" ? formats.tenths.format(value) : said(value);
  });
}

/**
 * @param {string} forms
 * @param {number} count
 */
function chosenForm(forms, count) {
  const all = forms.split("|");
  const at = formats.categories.indexOf(formats.plural.select(count));
  return (all[at] ?? all.at(-1) ?? "").replaceAll("#", whole(count));
}

/** @param {Page.LanguageCode} code */
function formatsOf(code) {
  const { locale } = LANGUAGES[code];
  const plural = new Intl.PluralRules(locale);
  const known = plural.resolvedOptions().pluralCategories;
  const digits = (/** @type {number} */ count) => new Intl.NumberFormat(locale, { minimumFractionDigits: count, maximumFractionDigits: count, useGrouping: false });
  return {
    plural,
    categories: CATEGORIES.filter((category) => known.includes(category)),
    whole: new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }),
    /** A number in a message: with one digit after the point where it is not whole. */
    tenths: new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }),
    decimals: /** @type {const} */ ([digits(0), digits(1), digits(2), digits(3)]),
    /** Those that were used; making one takes long. @type {Map<string, Intl.DateTimeFormat>} */
    moments: new Map(),
  };
}
