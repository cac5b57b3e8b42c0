import assert from "node:assert/strict";
import { test } from "node:test";
import { said } from "../page/language/language.js";
import { byChunk, chunkAt, chunks } from "../page/state/annotate/chunks.js";
import { COMMANDS, commandOf } from "../page/state/annotate/keys.js";
import { labelFile, readLabelFile } from "../page/state/annotate/label-file.js";
import { lanes } from "../page/state/annotate/lanes.js";
import { inContext, repeats } from "../page/state/annotate/repeats.js";
import { browserTokens, countOf, cuts, endOf, startOf, tokenAt, tokensIn, uncut } from "../page/state/annotate/tokens.js";
import { untrained } from "../page/state/annotate/untrained.js";
import * as walking from "../page/state/annotate/walk.js";
import { edited, EMPTY_HISTORY } from "../page/state/edit/history.js";
import { LABEL_KEYS, withLabels } from "../page/state/labels.js";

const words = (text, tokens) => Array.from({ length: countOf(tokens) }, (_, i) => text.slice(startOf(tokens, i), endOf(tokens, i)));
const mark = (start, end, label = "L") => ({ start, end, label });

test("the browser's words are tokens, white space is none", () => {
  const text = "Pat. took\n5 mg 😀😀.";
  assert.deepEqual(words(text, browserTokens(text)), ["Pat", ".", "took", "5", "mg", "😀", "😀", "."]);
  assert.equal(countOf(browserTokens("  \n ")), 0);
});

test("no token cuts a character that people see as one", () => {
  const text = "a 👩‍⚕️ b e\u0301 🇩🇪🇫🇷 c";
  const units = Array.from({ length: text.length }, (_, i) => [i, i + 1]).filter(([i]) => text[i] !== " ");
  const whole = uncut(text, Uint32Array.from(units.flat()));
  assert.deepEqual(words(text, whole), ["a", "👩‍⚕️", "b", "e\u0301", "🇩🇪", "🇫🇷", "c"]);
  for (let i = 0; i < countOf(whole); i += 1) assert.ok(!cuts(text, startOf(whole, i)) && !cuts(text, endOf(whole, i)));
  const cut = uncut(text, Uint32Array.from([0, 1, 2, 4]));
  assert.deepEqual(words(text, cut), ["a", "👩‍⚕️"], "a token that ends inside is made whole");
  assert.ok(cuts("a\r\nb", 2) && !cuts("a\n\nb", 2));
});

test("tokens are found by offsets, and ranges snap outwards to them", () => {
  const tokens = Uint32Array.from([2, 5, 6, 9, 9, 10]);
  assert.deepEqual([0, 2, 4, 5, 6, 9, 99].map((at) => tokenAt(tokens, at)), [0, 0, 0, 0, 1, 2, 2]);
  assert.deepEqual(tokensIn(tokens, 3, 7), { first: 0, last: 1 });
  assert.deepEqual(tokensIn(tokens, 5, 6), null);
  assert.deepEqual(tokensIn(tokens, 6, 10), { first: 1, last: 2 });
  assert.equal(tokensIn(new Uint32Array(), 0, 1), null);
});

test("no two marks share a lane where they overlap, and inner ones are nearer to the text", () => {
  const [outer, inner, crossing, apart] = [mark(0, 20), mark(2, 5), mark(15, 30), mark(40, 50)];
  const lane = lanes([outer, inner, crossing, apart]);
  assert.deepEqual([inner, crossing, outer, apart].map((s) => lane.get(s)), [0, 0, 1, 0]);
  const random = Array.from({ length: 200 }, (_, i) => mark((i * 37) % 90, ((i * 37) % 90) + 1 + ((i * 13) % 17)));
  const many = lanes(random);
  for (const a of random) {
    for (const b of random) assert.ok(a === b || a.end <= b.start || b.end <= a.start || many.get(a) !== many.get(b));
  }
});

test("blocks make the whole text, end at line breaks, and no character is cut", () => {
  const text = `${"A sentence of some words. ".repeat(900)}\n${"short line\n".repeat(500)}${"😀".repeat(9000)}`;
  const all = chunks(text);
  assert.equal(all.map(({ start, end }) => text.slice(start, end)).join(""), text);
  for (const { start, end } of all) {
    assert.ok(end - start <= 6001 && end > start);
    assert.ok(!/^[\udc00-\udfff]/u.test(text.slice(start, start + 1)));
    assert.equal(chunkAt(all, start), chunkAt(all, end - 1));
  }
  assert.deepEqual(chunks(""), [{ start: 0, end: 0 }]);
  const across = byChunk(all, [mark(0, text.length)]);
  assert.ok(across.every((marks) => marks.length === 1));
});

test("the cursor walks, extends, and comes back to one token", () => {
  const text = "One two. Three four! Five";
  const tokens = browserTokens(text);
  const parts = chunks(text);
  const moved = walking.moved(tokens, walking.at(0), 2, true);
  assert.deepEqual(walking.range(tokens, moved), { start: 0, end: 8 });
  assert.ok(walking.extended(moved));
  assert.deepEqual(walking.moved(tokens, moved, 99, false), walking.at(countOf(tokens) - 1));
  assert.equal(walking.sentence(text, tokens, parts, 0, 1), 3);
  assert.equal(walking.sentence(text, tokens, parts, 4, -1), 3);
  assert.equal(walking.sentence(text, tokens, parts, 3, -1), 0);
  assert.equal(walking.sentence(text, tokens, parts, 6, 1), countOf(tokens) - 1);
});

test("sentences are walked over the borders of blocks", () => {
  const text = `${"Some words here.\n".repeat(200)}The end.`;
  const tokens = browserTokens(text);
  let at = 0;
  for (let i = 0; i < 200; i += 1) at = walking.sentence(text, tokens, chunks(text), at, 1);
  assert.equal(text.slice(startOf(tokens, at)), "The end.");
  assert.equal(startOf(tokens, walking.sentence(text, tokens, chunks(text), at, -1)), text.lastIndexOf("Some"));
});

test("borders move by a token, snap first, and a mark never becomes empty", () => {
  const tokens = Uint32Array.from([0, 4, 5, 9, 10, 14]);
  assert.deepEqual(walking.resized(tokens, mark(5, 9), "end", 1), mark(5, 14));
  assert.deepEqual(walking.resized(tokens, mark(5, 9), "start", -1), mark(0, 9));
  assert.equal(walking.resized(tokens, mark(5, 9), "end", -1), null);
  assert.equal(walking.resized(tokens, mark(5, 9), "start", 1), null);
  assert.equal(walking.resized(tokens, mark(5, 14), "end", 1), null);
  assert.deepEqual(walking.resized(tokens, mark(5, 7), "end", 1), mark(5, 9), "a border inside a token snaps to its end");
});

test("marks are gone through in the order of the text, nested ones after the outer", () => {
  const tokens = Uint32Array.from([0, 4, 5, 9, 10, 14]);
  const marks = [mark(5, 9, "B"), mark(0, 9, "A"), mark(10, 14, "C")];
  const order = [];
  for (let walk = walking.at(0), next; (next = walking.neighbour(marks, tokens, walk, 1)); walk = walking.chosen(tokens, next)) order.push(next.label);
  assert.deepEqual(order, ["A", "B", "C"]);
  assert.equal(walking.neighbour(marks, tokens, walking.at(2), -1).label, "B");
  assert.deepEqual(walking.over(marks, 5, 9).map((s) => s.label), ["B", "A"]);
  assert.deepEqual(walking.over([mark(0, 30, "long"), mark(4, 20, "middle"), mark(3, 6, "short")], 4, 5).map((s) => s.label), ["short", "middle", "long"]);
});

const notes = [
  { id: "1", text: "Aspirin, aspirin-like, ASPIRINS and baby\naspirin.", entities: [mark(0, 7, "DRUG")] },
  { id: "2", text: "He took baby aspirin (aspirin).", entities: [] },
];
const places = (wanted, options) => repeats(notes, wanted, "DRUG", { same_case: false, whole_words: true, ...options }).marks.map((p) => [p.note, p.mark.start]);

test("repeats: whole words or parts, with or without the case, but not what is marked already", () => {
  assert.deepEqual(places("aspirin"), [["1", 9], ["1", 41], ["2", 13], ["2", 22]]);
  assert.deepEqual(places("aspirin", { whole_words: false }), [["1", 9], ["1", 23], ["1", 41], ["2", 13], ["2", 22]]);
  assert.deepEqual(places("ASPIRINS", { same_case: true }), [["1", 23]]);
  assert.deepEqual(places("(aspirin)"), [["2", 21]], "signs stand for themselves");
  assert.deepEqual(places("  "), []);
});

test("repeats of words with a line break between them are found, and shown with what is around", () => {
  assert.deepEqual(places("baby aspirin"), [["1", 36], ["2", 8]]);
  assert.deepEqual(inContext(notes[0].text, mark(36, 48)), { before: "pirin, aspirin-like, ASPIRINS and ".slice(-32), found: "baby aspirin", after: "." });
});

test("a repeat never cuts a character", () => {
  const text = "e e\u0301";
  assert.deepEqual(repeats([{ id: "1", text, entities: [] }], "e", "L", { same_case: true, whole_words: false }).marks.map((p) => p.mark.start), [0]);
});

test("no key has two meanings, and none of a label's is a command", () => {
  const single = COMMANDS.flatMap((command) => command.keys).filter((key) => key.length === 1);
  assert.equal(new Set(single).size, single.length);
  for (const key of LABEL_KEYS) assert.equal(commandOf(press(key)), null, key);
});

const press = (key, more = {}) => ({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more });

test("keys are known with their modifiers, on any layout", () => {
  assert.equal(commandOf(press("Z", { ctrlKey: true, shiftKey: true })), "redo");
  assert.equal(commandOf(press("z", { metaKey: true })), "undo");
  assert.equal(commandOf(press("?", { shiftKey: true })), "help");
  assert.equal(commandOf(press("/", { shiftKey: true })), "pick", "where it is typed with Shift");
  assert.equal(commandOf(press("R", { shiftKey: true })), null);
  assert.equal(commandOf(press("r", { ctrlKey: true })), null, "the browser's own");
});

test("a label set goes out and comes in again", () => {
  const labels = withLabels([], ["DRUG", "ADR"]).map((label) => ({ ...label, description: "“what” it is" }));
  const read = readLabelFile(labelFile(labels));
  assert.deepEqual(read, labels.map(({ on: _, ...said }) => said));
  const work = { notes: [], labels: withLabels([], ["OLD", "ADR"]), edits: EMPTY_HISTORY };
  const { state } = edited(work, { kind: "labels-import", labels: [...read, { name: "NEW" }] });
  const keys = state.labels.map(({ name, colour, key }) => [name, colour, key]);
  assert.deepEqual(keys, [["OLD", 0, "3"], ["ADR", 1, "2"], ["DRUG", 0, "1"], ["NEW", 2, "4"]], "a stated key goes to who states it");
});

test("label sets of other tools, or a bare list, are read too; what is wrong is said", () => {
  const names = (text) => readLabelFile(text).map(({ name, key }) => [name, key]);
  assert.deepEqual(names('["A", " B "]'), [["A", undefined], ["B", undefined]]);
  assert.deepEqual(names('[{"text":"A","suffix_key":"1"},{"text":"B","suffix_key":null}]'), [["A", "1"], ["B", undefined]]);
  assert.deepEqual(names('{"labels":[{"value":"A","hotkey":"q"},{"value":"B","hotkey":"r"}]}'), [["A", "q"], ["B", undefined]]);
  const refuses = (text, words) => assert.throws(() => readLabelFile(text), (fault) => fault.code === "labels" && said(fault.message).includes(words));
  refuses("nonsense", "not JSON");
  refuses("{}", "no list");
  refuses("[]", "no label");
  refuses('["A","A"]', "twice");
  refuses('["A",{}]', "Label 2 has no name");
  refuses("[null]", "Label 1 has no name");
});

test("why a mark is not trained on: its label is off, or the engine says why", () => {
  const entities = [mark(0, 9, "A"), mark(0, 4, "B"), mark(10, 12, "C")];
  const labels = withLabels([], ["A", "B", "C"]).map((label) => ({ ...label, on: label.name !== "C" }));
  const state = { notes: [{ id: "1", text: "Some words", entities }], selected: "1", labels, examined: { text: "Some words", entities, trained: [true, false, true], reasons: [null, "It lies in another.", null] } };
  assert.deepEqual(entities.map(untrained(state)).map((why) => why && said(why)), [null, "It lies in another.", "Its label is not ticked for training."]);
  const other = { ...state, notes: [{ ...state.notes[0], entities: [...entities, mark(10, 11, "A")] }] };
  assert.equal(untrained(other)(entities[1]), "It lies in another.", "what is known of a mark stands until the engine has looked again");
  assert.equal(untrained(other)(other.notes[0].entities[3]), null, "of a new mark nothing is known");
  assert.equal(untrained({ ...state, examined: { ...state.examined, text: "Other words" } })(entities[1]), null, "that was another text");
});
