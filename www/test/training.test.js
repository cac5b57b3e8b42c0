import assert from "node:assert/strict";
import { test } from "node:test";
import { trainingService } from "../page/services/training.js";
import { createBus } from "../page/state/bus.js";
import { newNote } from "../page/state/edit/note.js";
import { reduce } from "../page/state/reduce.js";
import { initialState } from "../page/state/state.js";

const participation = (federation) => ({ server: "http://s", federation, site: "1", credential: `key of ${federation}` });

/** A store without drawing, an engine whose runs end as the test says, and the service between them. */
function site({ settings = {}, participations = {}, storing = null, run }) {
  let state = { ...initialState("main"), engine: "up" };
  const store = { get: () => state, dispatch: (action) => (state = reduce(state, action)) };
  store.dispatch({ type: "settings-changed", settings });
  const asked = [];
  const offered = [];
  const engine = {
    loadCorpus: async () => {},
    settled: async () => {},
    retrying: (work) => work(),
    encoders: { offer: async (encoder, why) => void offered.push({ encoder, why }) },
    call: async (call, options) => {
      asked.push({ call, ...options });
      return run({ call, ...options }, service);
    },
  };
  const kept = { all: participations };
  const setParticipations = async (all) => void (await storing, (kept.all = all));
  const bus = createBus(assert.fail);
  const service = trainingService({ store, bus }, engine, { stop: async () => {} }, { server: "http://s", participations, setParticipations });
  return { service, store, asked, kept, offered };
}

const ends = (code) => async () => {
  throw { code, message: code, hint: "" };
};

test("an encoder that is not here is offered, and the site does not leave", async () => {
  const encoder = { pack: "p", width: 2 };
  const run = async () => {
    throw { code: "encoder-needed", message: "", hint: "", encoder };
  };
  const { service, store, offered } = site({ settings: { federation: "a", participating: "a" }, run });
  await service.resume();
  assert.deepEqual(offered, [{ encoder, why: "federation" }]);
  assert.equal(store.get().settings.participating, "a");
  assert.deepEqual(store.get().messages, []);
});

test("a restart of the engine does not make the site leave", async () => {
  const { service, store, asked } = site({ settings: { federation: "a", participating: "a" }, run: ends("restarted") });
  await service.resume();
  assert.equal(store.get().settings.participating, "a");
  assert.deepEqual(store.get().messages, []);
  await service.resumeAfterRestart();
  assert.deepEqual(asked.map((options) => options.federation), ["a", "a"]);
});

test("a run that the person has ended is not gone on with", async () => {
  const { service, store, asked } = site({ settings: { federation: "a", participating: "a" }, run: ends("cancelled") });
  await service.resume();
  assert.equal(store.get().settings.participating, null);
  await service.resumeAfterRestart();
  assert.equal(asked.length, 1);
});

test("an enrolment is kept under its own federation, whatever is typed meanwhile", async () => {
  const enrol = async (_, service) => {
    store.dispatch({ type: "settings-changed", settings: { federation: "b" } });
    store.dispatch({ type: "invitation-given", invitation: { federation: "b", secret: "for b" } });
    service.enrolled(participation("a"));
    return { rounds: 1, version: 1, finished: true, cancelled: false, scores: null };
  };
  const { service, store, kept } = site({ settings: { federation: "a", participating: "a" }, run: enrol });
  await service.resume();
  assert.deepEqual(Object.keys(kept.all), ["a"]);
  assert.deepEqual(store.get().invitation, { federation: "b", secret: "for b" });
});

test("an invitation is sent only to its own federation", async () => {
  const { service, store, asked } = site({ settings: { federation: "b", participating: "a" }, run: ends("network") });
  store.dispatch({ type: "invitation-given", invitation: { federation: "b", secret: "for b" } });
  await service.resume();
  store.dispatch({ type: "settings-changed", settings: { participating: null } });
  await service.resume();
  assert.deepEqual(asked.map(({ federation, invitation }) => [federation, invitation]), [["a", null], ["b", "for b"]]);
});

/** Answers as a server that takes the invitation and whose federation is done at once. */
const accepts = async ({ call, federation }, service) => {
  if (call === "enrol") service.enrolled(participation(federation));
  return call === "enrol" ? participation(federation) : { rounds: 1, version: 1, finished: true, cancelled: false, scores: null };
};
const invited = { type: "invitation-given", invitation: { federation: "a", secret: "for a" } };

test("an invitation is accepted before there are notes, and forgotten once it was used", async () => {
  const { service, store, asked, kept } = site({ settings: { federation: "a" }, run: accepts });
  store.dispatch(invited);
  await service.resume();
  assert.deepEqual(asked, [{ call: "enrol", server: "http://s", federation: "a", invitation: "for a" }]);
  assert.deepEqual(Object.keys(kept.all), ["a"]);
  assert.equal(store.get().invitation, null);
  assert.equal(store.get().run.kind, "idle");
  assert.deepEqual(store.get().messages, []);
});

test("with notes, whoever accepts an invitation takes part at once, without sending it again", async () => {
  const { service, store, asked } = site({ settings: { federation: "a" }, run: accepts });
  const entities = [{ start: 0, end: 4, label: "DRUG" }];
  const note = newNote({ id: "1", file: "f", name: "n", text: "iron", entities, labelled: true, split: "training" });
  store.dispatch({ type: "notes-added", notes: [note] });
  store.dispatch(invited);
  await service.resume();
  assert.deepEqual(asked.map(({ call, invitation }) => [call, invitation]), [["enrol", "for a"], ["participate", null]]);
  assert.equal(asked[1].participation.credential, "key of a");
});

test("a refused invitation is reported and forgotten; one that was not answered is kept", async () => {
  for (const [code, left] of [["refused", null], ["network", { federation: "a", secret: "for a" }]]) {
    const { service, store, asked } = site({ settings: { federation: "a" }, run: ends(code) });
    store.dispatch(invited);
    await service.resume();
    assert.equal(asked.length, 1);
    assert.deepEqual(store.get().invitation, left);
    assert.equal(store.get().messages.at(-1).code, code);
    assert.equal(store.get().run.kind, "idle");
  }
});

test("a credential is stored before it is used: its invitation can't be used again", async () => {
  let store = () => {};
  const storing = new Promise((resolve) => (store = resolve));
  const { service, store: state, asked, kept } = site({ settings: { federation: "a" }, storing, run: accepts });
  const entities = [{ start: 0, end: 4, label: "DRUG" }];
  const note = newNote({ id: "1", file: "f", name: "n", text: "iron", entities, labelled: true, split: "training" });
  state.dispatch({ type: "notes-added", notes: [note] });
  state.dispatch(invited);
  const resumed = service.resume();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual(asked.map(({ call }) => call), ["enrol"]);
  store();
  await resumed;
  assert.deepEqual(Object.keys(kept.all), ["a"]);
  assert.deepEqual(asked.map(({ call }) => call), ["enrol", "participate"]);
});
