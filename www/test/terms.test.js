// The terminology: reading lists, and finding their terms.

import assert from "node:assert/strict";
import test from "node:test";
import { said } from "../page/language/language.js";
import { folded, wordsOf } from "../page/state/terms/fold.js";
import { matcherOf, matches } from "../page/state/terms/matcher.js";
import { joinedTerms, readTerms, TERMS_MAX, termTable } from "../page/state/terms/term-list.js";
import { acceptable } from "../page/state/terms/accept.js";
import { NO_TERM_SEARCH, nextToSearch, termSuggestions, withMatches, withoutNotes, withTerms } from "../page/state/terms/search.js";
import { openSuggestions, shownSuggestions } from "../page/state/suggestions.js";
import { initialState } from "../page/state/state.js";
import { newNote } from "../page/state/edit/note.js";

/** @param {string} text @param {string} [label] @param {string} [language] */
const term = (text, label = "DRUG", language = "") => ({ text, label, code: "", language, pattern: /^\/.+\/[a-z]*$/u.test(text) });
/** What stands where the terms are found. */
const found = (terms, text) => matches(matcherOf(terms), text).map(({ start, end, term: at }) => `${text.slice(start, end)}=${terms[at].label}`);

test("terms are whole words, whatever their case", () => {
  const terms = [term("aspirin"), term("Vitamin B12"), term("5-FU")];
  assert.deepEqual(found(terms, "ASPIRIN, aspirinate; vitamin  b12, vitamin b120. 5-FU 5 fu"), ["ASPIRIN=DRUG", "vitamin  b12=DRUG", "5-FU=DRUG", "5 fu=DRUG"]);
  assert.deepEqual(found([term("pain", "S")], "painful spain pain\nPain-free"), ["pain=S", "Pain=S"]);
  assert.deepEqual(found([term("阿司匹林")], "患者服用阿司匹林后"), ["阿司匹林=DRUG"]);
  assert.deepEqual(found([term("5", "N")], "3.5 mg, 5 mg, 5.0"), ["5=N"]);
});

test("simple inflection is folded in the language of the term", () => {
  assert.deepEqual(found([term("headache", "S")], "Headaches, headache's"), ["Headaches=S", "headache's=S"]);
  assert.deepEqual(found([term("allergies", "S"), term("beta-blockers")], "allergy to a beta blocker"), ["allergy=S", "beta blocker=DRUG"]);
  assert.deepEqual(found([term("Crohn's disease", "D")], "Crohn disease, Crohns disease"), ["Crohn disease=D", "Crohns disease=D"]);
  assert.deepEqual(found([term("Schmerz", "S", "de")], "starke Schmerzen, Schmerzes; schmerzfrei"), ["Schmerzen=S", "Schmerzes=S"]);
  assert.deepEqual(found([term("diabetes", "D"), term("sinus", "A")], "Diabetes, diabetes; sinus, sinu"), ["Diabetes=D", "diabetes=D", "sinus=A"]);
  assert.equal(folded("bus", "en"), "bus");
  assert.equal(folded("mass", "en"), "mass");
});

test("an abbreviation is found in capitals only, unless the whole list is in capitals", () => {
  assert.deepEqual(found([term("ALL", "D"), term("leukaemia", "D")], "all ALL ALLs All"), ["ALL=D", "ALLs=D"]);
  const capitals = ["ASA", "ASPIRIN", "IBUPROFEN", "MTX"].map((text) => term(text));
  assert.deepEqual(found(capitals, "asa and mtx"), ["asa=DRUG", "mtx=DRUG"]);
});

test("the longest term wins, and places do not overlap", () => {
  const terms = [term("pain", "S"), term("chest pain", "S"), term("pain in the left arm", "S"), term("left arm", "A")];
  assert.deepEqual(found(terms, "chest pain in the left arm and left arm pain"), ["pain in the left arm=S", "left arm=A", "pain=S"]);
  assert.deepEqual(found([term("cold", "D"), term("cold", "S"), term("COLD", "D")], "a cold"), ["cold=D", "cold=S"]);
});

test("regular expressions compete with the terms, and bad ones are named", () => {
  const terms = [term("/\\d+ ?mg/", "DOSE"), term("mg", "UNIT"), term("/[a-z/", "X"), term("/(?<!o)ax*/", "E")];
  const matcher = matcherOf(terms);
  assert.equal(matcher.problems.length, 1);
  assert.match(said(matcher.problems[0]), /^\/\[a-z\/ is no regular expression/u);
  assert.deepEqual(found(terms, "20 mg, mg"), ["20 mg=DOSE", "mg=UNIT"]);
  const tried = [];
  matches(matcher, "x", (at) => tried.push(at));
  assert.deepEqual(tried, [0, 3, null], "before each pattern it is said which");
});

test("places are exact in texts with emoji, accents and other line ends", () => {
  const text = "😀 Übelkeit\r\nnausée 👩‍⚕️ naïve Übelkeit";
  assert.deepEqual(found([term("übelkeit", "S"), term("nausée", "S")], text), ["Übelkeit=S", "nausée=S", "Übelkeit=S"]);
  for (const { start, end } of wordsOf(text)) assert.ok(start < end && end <= text.length);
});

test("lists are read as text, CSV and TSV, with and without a row of names", () => {
  const fields = ({ text, label, code, language }) => [text, label, code, language];
  const read = (content) => readTerms(content, "X").terms.map(fields);
  assert.deepEqual(read("aspirin\r\nibuprofen\n\n# more\n"), [["aspirin", "X", "", ""], ["ibuprofen", "X", "", ""]]);
  assert.deepEqual(read("acid, folic\nzinc"), [["acid, folic", "X", "", ""], ["zinc", "X", "", ""]], "a comma in one line of a list");
  assert.deepEqual(read("aspirin,DRUG,B01AC06,en\nÜbelkeit,SYM"), [["aspirin", "DRUG", "B01AC06", "en"], ["Übelkeit", "SYM", "", ""]]);
  assert.deepEqual(read("\u{feff}Code;Term;Type\n1;\"acid; folic\";DRUG\n2;\"say \"\"x\"\"\";"), [["acid; folic", "DRUG", "1", ""], ['say "x"', "X", "2", ""]]);
  assert.deepEqual(read("term\tlabel\tcode\tlanguage\nFieber\tSYM\tR50.9\tDE-at"), [["Fieber", "SYM", "R50.9", "de"]]);
  assert.deepEqual(read("/\\d{1,3} ?mg/, DOSE"), [["/\\d{1,3} ?mg/", "DOSE", "", ""]]);
});

test("what can't be read is named with its line, and nothing is kept twice", () => {
  const { terms, problems } = readTerms(`term,label\n,DRUG\naspirin,\naspirin,\n${"x".repeat(600)},DRUG\n`, "");
  assert.deepEqual(terms, []);
  assert.equal(problems.length, 4);
  assert.match(said(problems[0]), /^Line 2: it has no term/u);
  assert.match(said(problems[1]), /^Line 3: it has no label/u);
  assert.equal(readTerms("a\na\nA", "X").terms.length, 2);
  const many = readTerms(Array.from({ length: TERMS_MAX + 2 }, (_, i) => `term ${i}`).join("\n"), "X");
  assert.equal(many.terms.length, TERMS_MAX);
  assert.match(said(many.problems[0]), /more than 50,000 terms/u);
});

test("a list that is exported reads back the same", () => {
  const terms = readTerms('term\tlabel\tcode\tlanguage\n"a ""b"", c"\tX\t1\tde\n/\\d+,\\d/\tN\n', "L").terms;
  assert.equal(terms.length, 2);
  assert.deepEqual(readTerms(termTable(terms), "other").terms, terms);
  assert.deepEqual(joinedTerms(terms, terms), terms);
});

/** A state with these notes and terms, searched. */
function searched(texts, terms) {
  const notes = texts.map((text, i) => newNote({ id: `n${i}`, file: "f", name: `n${i}`, text, entities: [], labelled: false, split: "auto" }));
  let state = withTerms({ ...initialState("w"), notes, selected: "n1" }, terms);
  const matcher = matcherOf(terms);
  for (let slice = nextToSearch(state); slice.length > 0; slice = nextToSearch(state)) {
    const found = slice.map(({ id, text }) => ({ id, matches: Uint32Array.from(matches(matcher, text).flatMap(({ start, end, term: at }) => [start, end, at])) }));
    state = withMatches(state, { turn: state.term_search.turn, notes: found });
  }
  return state;
}

test("what terms find is suggested before there is a model, and can be accepted or rejected", () => {
  const state = searched(["Took aspirin.", "Nothing.", "aspirin, Aspirin"], [term("aspirin"), term("zinc")]);
  const { searched: all, matches: places, with_match, counts } = state.term_search;
  assert.deepEqual([all, places, with_match, [...counts]], [3, 3, 2, [3, 0]]);
  const note = state.notes[0];
  assert.deepEqual(termSuggestions(state, "n0"), [{ start: 5, end: 12, label: "DRUG" }]);
  assert.deepEqual(shownSuggestions(state, note), [{ start: 5, end: 12, label: "DRUG" }]);
  assert.equal(shownSuggestions({ ...state, settings: { ...state.settings, blind: true } }, note), null);
  assert.deepEqual(openSuggestions({ entities: [], rejected: [{ start: 5, end: 12, label: "DRUG" }] }, termSuggestions(state, "n0")), []);
  assert.equal(acceptable(state, state.notes).marks.length, 3);
  const after = withoutNotes(state, ["n2"]);
  assert.deepEqual([after.term_search.searched, after.term_search.matches, [...after.term_search.counts]], [2, 1, [1, 0]]);
  assert.equal(withMatches(state, { turn: -1, notes: [] }), state, "an answer to an older list is ignored");
});

test("of the same words with two labels none is accepted unseen", () => {
  const state = searched(["a cold", "x"], [term("cold", "D"), term("cold", "S")]);
  assert.equal(termSuggestions(state, "n0").length, 2);
  assert.equal(acceptable(state, state.notes).marks.length, 0);
  assert.equal(NO_TERM_SEARCH.matches, 0);
});

test("ten thousand terms cost a note no more than ten", () => {
  const text = "word7 word8 of the patient and aspirin. ".repeat(20);
  const few = matcherOf([term("aspirin")]);
  const many = matcherOf([...Array.from({ length: 10_000 }, (_, i) => term(`word${i} word${i + 1} more${i}`)), term("aspirin")]);
  assert.equal(matches(few, text).length, 20);
  assert.equal(matches(many, text).length, 20);
});
