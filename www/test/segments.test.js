import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, segments, together } from "../page/state/segments.js";

const drawn = (text, entities) => segments(text, entities).map((s) => [s.text, s.marks.map((m) => m.entity.label).join(">")]);
const mark = (start, end, label) => ({ start, end, label });

test("a text without entities is one piece, an empty one none", () => {
  assert.deepEqual(drawn("Hello", []), [["Hello", ""]]);
  assert.deepEqual(drawn("", []), []);
});

test("entities cut the text, and the pieces make the whole text", () => {
  assert.deepEqual(drawn("took aspirin today", [mark(5, 12, "Drug")]), [["took ", ""], ["aspirin", "Drug"], [" today", ""]]);
});

test("nested and crossing entities: the longest lies outermost", () => {
  assert.deepEqual(drawn("severe lung cancer", [mark(7, 11, "Anatomy"), mark(0, 18, "Disease")]), [
    ["severe ", "Disease"],
    ["lung", "Disease>Anatomy"],
    [" cancer", "Disease"],
  ]);
  assert.deepEqual(drawn("abcdef", [mark(0, 4, "A"), mark(2, 6, "B")]), [["ab", "A"], ["cd", "A>B"], ["ef", "B"]]);
});

test("two labels on the same words are both there", () => {
  assert.deepEqual(drawn("ab", [mark(0, 2, "A"), mark(0, 2, "B")]), [["ab", "A>B"]]);
});

test("offsets count UTF-16 units, and no emoji is cut", () => {
  assert.deepEqual(drawn("a 😀 b", [mark(2, 4, "E")]), [["a ", ""], ["😀", "E"], [" b", ""]]);
  assert.deepEqual(drawn("a 😀 b", [mark(3, 6, "E")]), [["a ", ""], ["😀 b", "E"]]);
});

test("entities outside the text are cut to it or left out", () => {
  assert.deepEqual(drawn("abc", [mark(1, 99, "A"), mark(7, 9, "B"), mark(2, 2, "C")]), [["a", ""], ["bc", "A"]]);
});

test("first and last pieces of an entity are marked once", () => {
  const pieces = segments("abcdef", [mark(0, 6, "A"), mark(2, 4, "B")]);
  const ofA = pieces.map((p) => p.marks.find((m) => m.entity.label === "A"));
  assert.deepEqual(ofA.map((m) => m.first), [true, false, false]);
  assert.deepEqual(ofA.map((m) => m.last), [false, false, true]);
});

test("suggestions are compared by border and label", () => {
  const labelled = [mark(0, 4, "A"), mark(6, 8, "B")];
  const suggested = [{ ...mark(0, 4, "A"), confidence: 0.9 }, { ...mark(6, 8, "A"), confidence: 0.4 }];
  assert.deepEqual(compare(labelled, suggested), { found: 1, missed: 1, extra: 1 });
  assert.deepEqual(together(labelled, suggested), [
    { ...mark(0, 4, "A"), confidence: 0.9 },
    mark(6, 8, "B"),
    { ...mark(6, 8, "A"), confidence: 0.4, suggested: true },
  ]);
});
