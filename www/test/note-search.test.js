import assert from "node:assert/strict";
import { test } from "node:test";
import { excerpt, holds, searchNotes, searchPattern } from "../page/state/note-search.js";

const note = (id, text, more = {}) => ({ id, name: id, text, entities: [], comment: "", ...more });
const found = (search, scope, one) => holds(one, searchPattern(search), scope);

test("case and the kind of blank do not matter, and signs mean themselves", () => {
  assert.ok(found("ASPIRIN  100", "text", note("n", "took aspirin\n100 mg")));
  assert.ok(found("a.b(c)", "text", note("n", "x a.b(c) y")));
  assert.ok(!found("a.b", "text", note("n", "acb")));
  assert.ok(found("Überdosis", "text", note("n", "eine überdosis")));
  assert.ok(found("x-ray/ct", "text", note("n", "X-ray/CT")));
  assert.equal(searchPattern("  "), null);
});

test("the same pattern finds the same again and again", () => {
  const pattern = searchPattern("a");
  for (let i = 0; i < 3; i += 1) assert.ok(holds(note("n", "a"), pattern, "text"));
});

test("entities are searched by their words and labels, comments by themselves", () => {
  const one = note("n", "aspirin against pain", { entities: [{ start: 0, end: 7, label: "DRUG" }], comment: "ask Eva" });
  assert.ok(found("aspirin", "entities", one) && found("drug", "entities", one));
  assert.ok(!found("pain", "entities", one));
  assert.ok(found("eva", "comments", one) && !found("eva", "text", one));
});

test("a search goes in slices, reports what it found so far, and stops when it is no longer wanted", async () => {
  const notes = ["ab", "b", "ba", "c"].map((text, i) => note(String(i), text));
  const results = [];
  const clock = { slice: () => false, pause: async () => true };
  await searchNotes(notes, searchPattern("a"), "text", clock, (result) => results.push([[...result.found].join(), result.searched, result.done]));
  assert.deepEqual(results, [["0", 1, false], ["0", 2, false], ["0,2", 3, false], ["0,2", 4, false], ["0,2", 4, true]]);

  const stopped = [];
  let pauses = 0;
  const leaving = { slice: () => false, pause: async () => (pauses += 1) < 2 };
  await searchNotes(notes, searchPattern("a"), "text", leaving, (result) => stopped.push(result.searched));
  assert.deepEqual(stopped, [1, 2]);
});

test("an excerpt shows what was found, or the beginning", () => {
  assert.deepEqual(excerpt("a\nb c", null, 3), ["a b", "", ""]);
  const [before, hit, after] = excerpt(`${"x".repeat(100)} needle hay`, searchPattern("NEEDLE"), 4);
  assert.ok(before.startsWith("…x") && before.length < 40);
  assert.deepEqual([hit, after], ["needle", " hay"]);
});
