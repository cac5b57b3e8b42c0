import assert from "node:assert/strict";
import { test } from "node:test";
import { phrase } from "../shared/phrase.js";
import { language, LANGUAGES, said, spokenLanguage, text, useLanguage } from "../page/language/language.js";
import { MESSAGES } from "../page/language/messages.js";
import { clock, count, loss, percent, size } from "../page/state/format.js";

const CODES = Object.keys(LANGUAGES);
const MESSAGE = Object.entries(MESSAGES);

/** Calls with this language in use. */
function speaking(code, work) {
  useLanguage(code);
  try {
    return work();
  } finally {
    useLanguage("en");
  }
}

/** A message's parameters, and the placeholders of its elements. */
function parametersOf(message) {
  const named = [...message.matchAll(/\{([^{}:]+)(?::[^{}]*)?\}/gu)].map((found) => found[1]);
  const elements = [...message.matchAll(/<(\d)\/?>/gu)].map((found) => `<${found[1]}>`);
  return [...new Set([...named, ...elements])].sort();
}

test("every message is there in every language, and says something", () => {
  const missing = MESSAGE.flatMap(([key, message]) => CODES.filter((code) => (message[code] ?? "").trim() === "").map((code) => `${key} in ${code}`));
  assert.deepEqual(missing, []);
  assert.deepEqual(MESSAGE.filter(([, message]) => Object.keys(message).length !== CODES.length).map(([key]) => key), [], "no language that the page does not speak");
});

test("a message has the same parameters in every language", () => {
  const differing = MESSAGE.filter(([, message]) => new Set(CODES.map((code) => parametersOf(message[code]).join())).size > 1);
  assert.deepEqual(differing.map(([key]) => key), []);
});

test("a plural has as many forms as its language", () => {
  for (const code of CODES) {
    const wanted = new Intl.PluralRules(code).resolvedOptions().pluralCategories.length;
    const wrong = MESSAGE.filter(([, message]) => [...message[code].matchAll(/\{[^{}:]+:([^{}]*)\}/gu)].some((found) => found[1].split("|").length !== wanted));
    assert.deepEqual(wrong.map(([key]) => `${key} in ${code}`), []);
  }
});

test("a message names its number in words and figures of the language", () => {
  assert.equal(text("notes.summary", { done: 0, notes: 1, training: 1, held_out: 0 }), "0 of 1 done · 1 training note, 0 held out");
  assert.equal(text("export.all", { count: 2000 }), "All: 2,000 notes");
  speaking("de", () => {
    assert.equal(text("export.all", { count: 1 }), "Alle: 1 Dokument");
    assert.equal(text("export.all", { count: 2000 }), "Alle: 2.000 Dokumente");
    assert.equal(text("terms.accept", { count: 1, notes: 3 }), "1 Vorschlag in 3 gezeigten Dokumenten annehmen");
  });
});

test("numbers and times are written as the language does", () => {
  const noon = new Date(2026, 0, 2, 12, 30, 5).getTime();
  assert.deepEqual([count(1234567), size(1500), percent(0.8126), loss(0.5), clock(noon)], ["1,234,567", "1.5 kB", "81.3 %", "0.500", "12:30:05"]);
  speaking("de", () => {
    assert.deepEqual([count(1234567), size(1500), percent(0.8126), loss(0.5), clock(noon)], ["1.234.567", "1,5 kB", "81,3 %", "0,500", "12:30:05"]);
  });
});

test("what is said later is said in the language in use then", () => {
  const later = [phrase("learnt.scored", { what: phrase("learnt.notes", { count: 2 }), f1: "50 %" }), "An engine’s word.", ""];
  assert.equal(said(later), "Learnt from 2 notes: F1 50 %. An engine’s word.");
  speaking("de", () => assert.equal(said(later), "Aus 2 Dokumenten gelernt: F1 50 %. An engine’s word."));
  assert.equal(said({ key: "gone.since", values: {} }), "gone.since", "a stored message that a later version no longer has");
});

test("the first language that somebody wants and the page speaks is used, English otherwise", () => {
  assert.equal(spokenLanguage([null, "de-AT", "en"]), "de");
  assert.equal(spokenLanguage(["en", "de-AT"]), "en", "what was chosen by hand comes first");
  assert.equal(spokenLanguage(["fr-FR", "DE"]), "de");
  assert.equal(spokenLanguage(["nonsense", "fr"]), "en");
  assert.equal(spokenLanguage([]), "en");
  assert.equal(language(), "en");
});
