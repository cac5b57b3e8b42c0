import assert from "node:assert/strict";
import { test } from "node:test";
import { said } from "../page/language/language.js";
import { applied, inverse } from "../page/state/edit/change.js";
import { EDITS_BYTES_MAX, EDITS_MAX, edited, EMPTY_HISTORY, redone, titles, undone } from "../page/state/edit/history.js";
import { newNote, upgraded, withFields } from "../page/state/edit/note.js";
import { plan } from "../page/state/edit/plan.js";
import { settleHeldOut } from "../page/state/held-out.js";
import { namesIn, withLabels } from "../page/state/labels.js";

const TEXT = "Pat. took aspirin, later aspirin again 😀 and had nausea.";
const mark = (start, end, label) => ({ start, end, label });

function workOf(notes) {
  const settled = settleHeldOut(notes.map((note, order) => ({ ...newNote({ file: "f", name: note.id, text: TEXT, entities: [], labelled: false, split: "auto", ...note }), order })));
  return { notes: settled, labels: withLabels([], namesIn(settled)), edits: EMPTY_HISTORY };
}
const start = () =>
  workOf([
    { id: "00000000a", entities: [mark(10, 17, "DRUG"), mark(49, 55, "ADR")], labelled: true },
    { id: "00000001b" },
    { id: "00000002c", entities: [mark(0, 55, "NOTE"), mark(10, 17, "DRUG"), mark(10, 17, "ADR")], labelled: true },
  ]);
const play = (state, ...edits) => edits.reduce((now, edit) => edited(now, edit)?.state ?? now, state);
const work = ({ notes, labels }) => ({ notes, labels });
const first = (state) => state.notes[0];

/** Mulberry32: the same numbers for the same seed. */
function random(seed) {
  let a = seed;
  return (below) => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function randomEdit(draw, state) {
  const pick = (list) => list[draw(list.length)];
  const names = ["DRUG", "ADR", "NOTE", "DOSE", "x", ...state.labels.map((label) => label.name)];
  const ids = ["00000000a", "00000001b", "00000002c", "gone"];
  const anyMark = () => {
    const at = draw(TEXT.length);
    return mark(at, at + draw(12), pick(names));
  };
  const note = pick(ids);
  const known = state.notes.find((n) => n.id === note)?.entities ?? [];
  const there = known.length > 0 && draw(4) > 0 ? pick(known) : anyMark();
  const many = () => Array.from({ length: draw(5) }, () => ({ note: pick(ids), mark: anyMark() }));
  const kinds = [
    () => ({ kind: "mark-add", note, mark: anyMark() }),
    () => ({ kind: "mark-remove", note, mark: there }),
    () => ({ kind: "mark-change", note, mark: there, to: draw(2) ? anyMark() : { ...there, label: pick(names) } }),
    () => ({ kind: "marks-add", marks: many() }),
    () => ({ kind: "suggestions-accept", marks: many().map((s) => ({ ...s, mark: { ...s.mark, confidence: 0.5 } })) }),
    () => ({ kind: "suggestions-reject", marks: many() }),
    () => ({
      kind: "adjudicate",
      note,
      entities: Array.from({ length: draw(4) }, anyMark),
      decisions: { comparison: "c", choices: { [draw(3)]: "mine" } },
      done: draw(2) === 0,
    }),
    () => ({ kind: "status", notes: [note, pick(ids)], status: pick(["new", "suggested", "in-work", "done"]) }),
    () => ({ kind: "comment", note, comment: pick(["", "look again", "😀"]) }),
    () => ({ kind: "notes-remove", notes: draw(4) === 0 ? [note] : [] }),
    () => ({ kind: "label-create", label: { name: pick(names) } }),
    () => ({ kind: "label-change", name: pick(names), to: pick([{ colour: draw(36) }, { key: pick(["1", "2", "g"]) }, { on: draw(2) === 0 }, { description: "what it is" }]) }),
    () => ({ kind: "label-rename", name: pick(names), to: pick(names), merge: draw(2) === 0 }),
    () => ({ kind: "label-remove", name: pick(names), marks_to: draw(2) ? null : pick(names) }),
    () => ({ kind: "label-move", name: pick(names), to: draw(6) }),
    () => ({ kind: "labels-import", labels: [{ name: pick(names), colour: draw(36), key: pick(["", "1", "z"]), description: "d", on: true }] }),
  ];
  return pick(kinds)();
}

const spoken = ({ undo, redo }) => ({ undo: undo && said(undo), redo: redo && said(redo) });

test("any sequence of edits, undone, gives the same state again; done again, the same too", () => {
  let done = 0;
  for (let seed = 1; seed <= 150; seed += 1) {
    const draw = random(seed);
    const states = [start()];
    for (let i = 0; i < 40; i += 1) {
      const before = states.at(-1);
      const edit = randomEdit(draw, before);
      const frozen = JSON.stringify(before);
      const after = edited(before, edit)?.state;
      assert.equal(JSON.stringify(before), frozen, "the old state is left alone");
      if (after) {
        assert.notDeepEqual(work(after), work(before), `an edit that changes nothing is no step: ${JSON.stringify(edit)}`);
        states.push(after);
      }
      check(states.at(-1), edit);
    }
    done += states.length - 1;
    let state = states.at(-1);
    for (let i = states.length - 2; i >= 0; i -= 1) {
      state = undone(state).state;
      assert.deepEqual(work(state), work(states[i]), `seed ${seed}, undo to step ${i}`);
    }
    assert.equal(undone(state), null);
    for (let i = 1; i < states.length; i += 1) {
      state = redone(state).state;
      assert.deepEqual(work(state), work(states[i]), `seed ${seed}, redo to step ${i}`);
    }
    assert.equal(redone(state), null);
  }
  assert.ok(done > 2500, `${done} edits`);
});

test("undo, redo and edits in any order keep what was there at each place of the history", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const draw = random(seed);
    const past = [start()];
    for (let i = 0; i < 60; i += 1) {
      const now = past.at(-1);
      const act = draw(4);
      if (act === 0 && past.length > 1) {
        const { state } = undone(now);
        past.pop();
        assert.deepEqual(work(state), work(past.at(-1)), `seed ${seed}, step ${i}`);
        past[past.length - 1] = state;
      } else {
        const next = act === 1 ? redone(now) : edited(now, randomEdit(draw, now));
        if (next) past.push(next.state);
      }
    }
  }
});

/** What holds after any edit. */
function check({ notes, labels }, edit) {
  const said = JSON.stringify(edit);
  const names = new Set(labels.map((label) => label.name));
  assert.equal(names.size, labels.length, `names are given once: ${said}`);
  const keys = labels.map((label) => label.key).filter((key) => key !== "");
  assert.equal(new Set(keys).size, keys.length, `a key has one label: ${said}`);
  for (const note of notes) {
    for (const { start, end, label } of note.entities) {
      assert.ok(start >= 0 && start < end && end <= note.text.length, said);
      assert.ok(names.has(label), `${label} is defined: ${said}`);
    }
    assert.equal(new Set(note.entities.map((e) => JSON.stringify(e))).size, note.entities.length, `no mark twice: ${said}`);
    assert.deepEqual(Object.keys(note.entities[0] ?? mark(0, 1, "")).sort(), ["end", "label", "start"]);
  }
  assert.deepEqual(settleHeldOut(notes), notes, "held-out notes are settled");
}

test("marking makes a note a labelled one in work, and defines the label", () => {
  const state = play(start(), { kind: "mark-add", note: "00000001b", mark: mark(0, 4, "WHO") });
  const note = state.notes[1];
  assert.deepEqual([note.labelled, note.status, note.entities], [true, "in-work", [mark(0, 4, "WHO")]]);
  assert.equal(state.labels.at(-1).name, "WHO");
  const { state: before } = undone(state);
  assert.deepEqual([before.notes[1].labelled, before.notes[1].status], [false, "new"]);
});

test("a turned down suggestion is remembered and does not make the note a labelled one", () => {
  const state = play(start(), { kind: "suggestions-reject", marks: [{ note: "00000001b", mark: { ...mark(0, 4, "WHO"), confidence: 0.9 } }] });
  const note = state.notes[1];
  assert.deepEqual([note.labelled, note.status, note.rejected], [false, "in-work", [mark(0, 4, "WHO")]]);
});

test("a note set to done is labelled, also without entities", () => {
  const { notes } = play(start(), { kind: "status", notes: ["00000001b"], status: "done" });
  assert.deepEqual([notes[1].labelled, notes[1].status], [true, "done"]);
});

test("marks stay in the order of the text, the longer of two first", () => {
  const state = play(start(), { kind: "mark-add", note: "00000000a", mark: mark(10, 23, "X") }, { kind: "mark-add", note: "00000000a", mark: mark(5, 9, "Y") });
  assert.deepEqual(first(state).entities.map((e) => e.label), ["Y", "X", "DRUG", "ADR"]);
});

test("all marks follow a renamed label; into a name that is there only when asked for", () => {
  const rename = { kind: "label-rename", name: "DRUG", to: "ADR", merge: false };
  assert.equal(edited(start(), rename), null);
  const merged = play(start(), { ...rename, merge: true });
  assert.deepEqual(merged.notes[2].entities, [mark(0, 55, "NOTE"), mark(10, 17, "ADR")], "two that become equal are one");
  assert.deepEqual(merged.labels.map((label) => label.name), ["ADR", "NOTE"]);
  const renamed = play(start(), { ...rename, to: "MEDICINE" });
  assert.deepEqual(first(renamed).entities[0], mark(10, 17, "MEDICINE"));
  assert.deepEqual(renamed.labels.map((label) => label.name), ["ADR", "MEDICINE", "NOTE"]);
});

test("a removed label takes its marks along, or they get another one", () => {
  const gone = play(start(), { kind: "label-remove", name: "DRUG", marks_to: null });
  assert.deepEqual(first(gone).entities, [mark(49, 55, "ADR")]);
  const moved = play(start(), { kind: "label-remove", name: "DRUG", marks_to: "NOTE" });
  assert.deepEqual(first(moved).entities, [mark(10, 17, "NOTE"), mark(49, 55, "ADR")]);
});

test("a key that is given to a label is taken from the other, which gets the old one", () => {
  const state = play(start(), { kind: "label-change", name: "ADR", to: { key: "2" } });
  assert.deepEqual(state.labels.map(({ name, key }) => [name, key]), [["ADR", "2"], ["DRUG", "1"], ["NOTE", "3"]]);
});

test("a new edit ends what could be done again", () => {
  const comment = (text) => ({ kind: "comment", note: "00000000a", comment: text });
  const back = undone(play(start(), comment("one"), comment("two"))).state;
  assert.deepEqual(spoken(titles(back.edits)), { undo: "comment on “00000000a”", redo: "comment on “00000000a”" });
  const other = play(back, comment("three"));
  assert.equal(titles(other.edits).redo, null);
  assert.equal(first(undone(other).state).comment, "one");
  assert.equal(first(undone(undone(other).state).state).comment, "");
});

test("the history keeps to its bounds, and always holds the newest step", () => {
  let state = start();
  for (let i = 0; i < EDITS_MAX + 7; i += 1) state = play(state, { kind: "comment", note: "00000000a", comment: `${i}` });
  assert.equal(state.edits.records.length, EDITS_MAX);
  assert.equal(state.edits.done, EDITS_MAX);
  assert.equal(new Set(state.edits.records.map((record) => record.id)).size, EDITS_MAX);
  const large = workOf([{ id: "00000000a" }, { id: "00000001b", text: "x".repeat(EDITS_BYTES_MAX) }]);
  const removed = play(large, { kind: "comment", note: "00000000a", comment: "1" }, { kind: "notes-remove", notes: ["00000001b"] });
  assert.equal(removed.edits.records.length, 1);
  assert.equal(undone(removed).state.notes.length, 2);
});

test("a change that does not fit the work is refused as a whole", () => {
  const { change } = plan(start(), { kind: "mark-remove", note: "00000000a", mark: mark(10, 17, "DRUG") });
  const without = applied(start(), change);
  assert.equal(applied(without, change), null);
  assert.deepEqual(applied(without, inverse(change)), work(start()));
});

test("steps are described in words", () => {
  const says = (edit) => said(edited(start(), edit).record.title);
  const id = "00000000a";
  assert.equal(says({ kind: "mark-add", note: id, mark: mark(0, 9, "WHO") }), "mark “Pat. took” as WHO");
  assert.equal(says({ kind: "mark-change", note: id, mark: mark(10, 17, "DRUG"), to: mark(5, 17, "DRUG") }), "move the borders of “aspirin” to “took aspirin”");
  assert.equal(says({ kind: "label-rename", name: "DRUG", to: "MED", merge: false }), "rename DRUG to MED");
  assert.equal(says({ kind: "marks-add", marks: [{ note: id, mark: mark(25, 32, "DRUG") }, { note: "00000001b", mark: mark(25, 32, "DRUG") }] }), "mark 2 repeats as DRUG");
});

test("notes as the first version stored them get what is new", () => {
  const old = { id: "a", file: "f", name: "n", text: TEXT, entities: [mark(10, 17, "DRUG"), mark(49, 55, "ADR")], labelled: true, split: "training", held_out: false, order: 3 };
  const { notes, labels, settings } = upgraded([old, { ...old, id: "b", entities: [], labelled: false }], { labels_off: ["ADR"], epochs: 7 });
  assert.deepEqual(notes.map((n) => [n.status, n.comment, n.uncertainty, n.rejected, n.order]), [["done", "", null, [], 3], ["new", "", null, [], 3]]);
  assert.deepEqual(labels.map((label) => [label.name, label.on, label.key]), [["ADR", false, "1"], ["DRUG", true, "2"]]);
  assert.deepEqual(settings, { epochs: 7 });
});

test("a step that the second version has stored can be undone", () => {
  const { state, record } = edited(start(), { kind: "status", notes: ["00000001b"], status: "done" });
  const notes = record.change.notes.map(({ fields, ...note }) => ({ ...note, marks: fields }));
  const stored = { ...record, change: { ...record.change, notes } };
  assert.deepEqual(withFields(stored), record);
  const reopened = { ...state, edits: { records: [withFields(stored)], done: 1 } };
  assert.deepEqual(undone(reopened).state.notes, start().notes);
});
