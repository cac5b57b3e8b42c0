// The words of a text as a terminology compares them: case and simple inflection don't count, the borders of words do.

/** Scripts without spaces between words: every character counts as a word. */
const UNSPACED = "[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}]";
const LETTER = `(?:(?!${UNSPACED})[\\p{L}\\p{M}\\p{N}])`;
/** A word with the “’s” after it, a number with its fraction, one character of an unspaced script, or another sign. */
const WORD = new RegExp(`${UNSPACED}\\p{M}*|${LETTER}+(?:(?<=\\p{N})[.,](?=\\p{N})${LETTER}+)*(?:['’]s(?!${LETTER}))?|[^\\s\\p{L}\\p{M}\\p{N}]`, "gu");
const HYPHEN = /^[-‐‑]$/u;
const IS_WORD = /^[\p{L}\p{M}\p{N}]/u;
/** Shorter words are not inflected: “was”, “des”. */
const INFLECTED_MIN = 4;

/**
 * A word of a text: where it is, and as it is compared.
 * @typedef {{start: number, end: number, key: string}} Word
 */

/**
 * The words and signs of a text. A hyphen between two words counts as a space.
 * @param {string} text
 * @returns {Word[]}
 */
export function wordsOf(text) {
  /** @type {Word[]} */
  const found = [];
  for (const { 0: word, index: start } of text.matchAll(WORD)) {
    const end = start + word.length;
    if (HYPHEN.test(word) && found.at(-1)?.end === start && IS_WORD.test(text.slice(end, end + 2))) continue;
    found.push({ start, end, key: word.normalize("NFKC").replace(/['’]s$/u, "").toLowerCase() });
  }
  return found;
}

/**
 * A word without its inflection. English is folded by Harman's S-stemmer (1991, “How effective is suffixing?”), German
 * by its endings of case and number, French, Spanish, Portuguese and Italian by their plural; other languages, and
 * words with a digit, are left as they are. As “boxes” and “diseases” end alike, the “e” after a sibilant doesn’t count.
 * @param {string} word in small letters
 * @param {string} language two letters; empty: English plurals, which do little harm to other languages
 */
export function folded(word, language) {
  if (word.length < INFLECTED_MIN || !/^\p{L}+$/u.test(word)) return word;
  const endings = ENDINGS[language === "" ? "en" : language];
  for (const [ending, instead] of endings ?? []) {
    const found = ending.exec(word);
    if (found && found.index >= 3) return word.slice(0, found.index) + instead;
  }
  return word;
}

/** The first that fits is replaced. @type {Record<string, [RegExp, string][]>} */
const ENDINGS = {
  en: [
    [/(?<![ae])ies$/u, "y"],
    [/(?<=s|x|z|ch|sh)es?$/u, ""],
    [/(?<![sui])s$/u, ""],
  ],
  de: [[/(?:en|em|er|es|e|n|s)$/u, ""]],
  fr: [[/(?<!s)[sx]$/u, ""]],
  es: [[/(?<=[lrndzj])es$/u, ""], [/(?<!s)s$/u, ""]],
  pt: [[/(?<=[rz])es$/u, ""], [/(?<!s)s$/u, ""]],
  it: [[/[aeio]$/u, ""]],
};
