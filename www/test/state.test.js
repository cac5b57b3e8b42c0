import assert from "node:assert/strict";
import { test } from "node:test";
import { newNote } from "../page/state/edit/note.js";
import { hash } from "../page/state/note-id.js";
import { reduce } from "../page/state/reduce.js";
import { initialState, storage } from "../page/state/state.js";
import { statusText } from "../page/state/status.js";

const note = (name, split = "training") => ({ ...newNote({ id: hash(name), file: "f", name, text: name, entities: [], labelled: true, split }), held_out: split === "held-out" });
const prf = (f1) => ({ precision: f1, recall: f1, f1 });
const scores = (f1) => ({ strict: prf(f1), lenient: prf(f1), by_label: [], sentences: 1 });
const play = (state, ...actions) => actions.reduce(reduce, state);
const event = (body) => ({ type: "engine-event", event: body, session: "s", now_ms: 1000 });
const step = (n, more = {}) => event({ kind: "step", step: n, steps: 10, epoch: 1, epochs: 2, round: 0, loss: 10 - n, words_per_s: 5, ...more });
const scored = (f1, when = "epoch") => event({ kind: "scores", when, epoch: 1, round: 0, step: 1, scores: scores(f1) });
const added = (...notes) => ({ type: "notes-added", notes });
const remove = (...names) => ({ type: "edit", edit: { kind: "notes-remove", notes: names.map(hash) } });
const start = () => initialState("main");

test("notes are added once, in order, and the first is shown", () => {
  const state = play(start(), added(note("a"), note("b")), added(note("b"), note("c")));
  assert.deepEqual(state.notes.map((n) => [n.name, n.order]), [["a", 0], ["b", 1], ["c", 2]]);
  assert.equal(state.selected, hash("a"));
});

test("a removal can be undone, in the old order; the neighbour is shown meanwhile", () => {
  const full = play(start(), added(note("a"), note("b"), note("c")), { type: "note-opened", id: hash("b") });
  const without = play(full, remove("b"));
  assert.deepEqual(without.notes.map((n) => n.name), ["a", "c"]);
  assert.equal(without.selected, hash("c"));
  const back = play(without, { type: "undo" });
  assert.deepEqual(back.notes.map((n) => n.name), ["a", "b", "c"]);
  assert.equal(back.selected, hash("b"));
});

test("removing everything leaves nothing selected", () => {
  const state = play(start(), added(note("a")), remove("a"));
  assert.equal(state.selected, null);
});

test("a step that no longer fits is dropped, and the one before it can be undone", () => {
  const comment = { type: "edit", edit: { kind: "comment", note: hash("b"), comment: "look again" } };
  const again = play(start(), added(note("a"), note("b")), comment, remove("a"), added(note("a")));
  const dropped = play(again, { type: "undo" });
  assert.deepEqual(dropped.notes, again.notes);
  assert.equal(dropped.edits.records.length, 1);
  assert.equal(play(dropped, { type: "undo" }).notes[0].comment, "");
});

test("undo and redo show the note they are about", () => {
  const comment = { type: "edit", edit: { kind: "comment", note: hash("b"), comment: "look again" } };
  const state = play(start(), added(note("a"), note("b")), comment, { type: "undo" });
  assert.equal(state.selected, hash("b"));
  const away = play(state, { type: "note-opened", id: hash("a") }, { type: "redo" });
  assert.equal(away.selected, hash("b"));
});

test("steps are summed over runs, whether each one is reported or not", () => {
  const run = { type: "run-started", kind: "training", now_ms: 0 };
  const state = play(start(), run, step(1), step(2), step(5), { type: "run-ended" }, run, step(1), step(3));
  assert.equal(state.progress.total_steps, 8);
  assert.equal(state.run.loss, 7);
  assert.deepEqual(state.progress.losses.map((l) => l.step), [1, 2, 5, 6, 8]);
});

test("steps are summed over rounds, whether they count on or from the start", () => {
  const round = (n) => event({ kind: "round", phase: "training", round: n, version: n - 1, present: 3, min_sites: 3, received: 0, deadline_in_ms: 0 });
  const run = { type: "run-started", kind: "participating", now_ms: 0 };
  assert.equal(play(start(), run, round(1), step(1), step(2), round(2), step(3), step(4)).progress.total_steps, 4);
  assert.equal(play(start(), run, round(1), step(1), step(2), round(2), step(1), step(2)).progress.total_steps, 4);
});

test("the first scores of a model are kept to compare with", () => {
  const run = { type: "run-started", kind: "training", now_ms: 0 };
  const first = play(start(), run, scored(0.1, "start"), scored(0.5));
  assert.equal(first.progress.scores_start.strict.f1, 0.1);
  assert.equal(first.progress.scores_latest.strict.f1, 0.5);
  const further = play({ ...first, has_model: true }, run, scored(0.5, "start"), scored(0.6));
  assert.equal(further.progress.scores_start.strict.f1, 0.1);
  const anew = play({ ...first, has_model: false }, run, scored(0.2, "start"));
  assert.equal(anew.progress.scores_start.strict.f1, 0.2);
});

test("a round's events carry the phase and the deadline", () => {
  const round = event({ kind: "round", phase: "waiting", round: 2, version: 1, present: 1, min_sites: 3, received: 0, deadline_in_ms: 500 });
  const state = play(start(), { type: "run-started", kind: "participating", now_ms: 0 }, round);
  assert.equal(state.run.deadline_at_ms, 1500);
  assert.equal(statusText({ ...state, engine: "up" }), "Waiting for other sites: 1 of 3 are here.");
});

test("the status does not change with every step", () => {
  const run = play({ ...start(), engine: "up" }, { type: "run-started", kind: "training", now_ms: 0 }, step(1));
  assert.equal(statusText(run), "Training on this device: pass 1 of 2.");
  assert.equal(statusText(play(run, step(2), step(3))), statusText(run));
});

test("the same failure twice is shown once, and again after it was dismissed", () => {
  const failed = { type: "failed", failure: { code: "x", message: "m", hint: "" }, actions: [], now_ms: 1 };
  const once = play(start(), failed, failed);
  assert.equal(once.messages.length, 1);
  const again = play(once, { type: "dismissed", id: once.messages[0].id }, failed);
  assert.deepEqual(again.messages.map((m) => m.dismissed), [true, false]);
});

test("losses are downsampled, not cut off", async () => {
  const { EMPTY_PROGRESS, withStep } = await import("../page/state/progress.js");
  let progress = EMPTY_PROGRESS;
  for (let i = 1; i <= 100; i += 1) progress = withStep(progress, i - 1, { step: i, loss: i }, 10);
  assert.equal(progress.total_steps, 100);
  assert.ok(progress.losses.length <= 10);
  assert.equal(progress.losses[0].step, 1);
  assert.ok(progress.losses.at(-1).step > 80);
});

test("a small write that works does not hide a checkpoint that could not be stored", () => {
  const [notes, model] = [{ type: "notes-stored" }, { type: "checkpoint-stored", time_ms: 1 }];
  assert.equal(storage(start()), "stored");
  const full = play(start(), { type: "notes-unstored" }, { type: "checkpoint-unstored" });
  assert.equal(storage(play(full, notes)), "memory");
  assert.equal(storage(play(full, model)), "memory");
  assert.equal(storage(play(full, notes, model)), "stored");
  assert.equal(storage(play(start(), { type: "database-missing" }, notes)), "memory");
});

test("a model that gives way to a new one is announced, and the comparison starts anew", () => {
  const run = { type: "run-started", kind: "participating", now_ms: 0 };
  const replaced = event({ kind: "replaced", reason: "other labels" });
  const state = play({ ...play(start(), run, scored(0.5, "start")), has_model: true }, run, replaced, scored(0.1, "start"));
  assert.deepEqual(state.notices.map((n) => n.message), ["other labels"]);
  assert.equal(state.progress.scores_start.strict.f1, 0.1);
});

test("what no longer applies is ignored", () => {
  const state = play(start(), added(note("a"), note("b")));
  const cursor = { note: hash("b"), start: 0, end: 1, mark: null, suggested: false };
  const late = [
    { type: "note-opened", id: hash("gone") },
    { type: "cursor-moved", cursor },
    { type: "import-stopping" },
    { type: "run-cancelling" },
    { type: "disagreement-opened", at: 3 },
    { type: "device-kept", reason: "none" },
    { type: "invitation-ended", federation: "a" },
    { type: "engine-facts", has_model: false, has_previous: false },
  ];
  for (const action of late) assert.equal(reduce(state, action), state, action.type);
  assert.equal(play(state, { type: "engine-down" }, { type: "engine-ready" }).engine, "down");
});

test("an answer about an invitation counts only for the one that is there", () => {
  const [a, b] = [{ federation: "a", secret: "1" }, { federation: "b", secret: "2" }];
  const invited = { federation: "a", federation_name: "A", name: "Site", expires_at_ms: 1 };
  const checked = { type: "invitation-checked", invitation: a, invited };
  const state = play(start(), { type: "invitation-given", invitation: a }, checked);
  assert.deepEqual([state.invitation, state.invited], [a, invited]);
  assert.equal(play(state, { type: "invitation-given", invitation: { ...a } }).invited, invited);
  assert.equal(play(state, { type: "invitation-given", invitation: b }).invited, null);
  assert.equal(play(state, { type: "invitation-given", invitation: b }, checked).invited, null);
  assert.equal(play(state, { type: "invitation-ended", federation: "a" }).invited, null);
});

test("an import that is stopping stays so while its last batch is reported", () => {
  const progressed = (read) => ({ type: "import-progressed", file: "f", read, total: 3 });
  const state = play(start(), progressed(0), { type: "import-stopping" }, progressed(1));
  assert.deepEqual(state.importing, { file: "f", read: 1, total: 3, stopping: true });
  assert.equal(play(state, { type: "import-finished", report: "Added 1 note.", problems: [], files: [] }).importing, null);
});
