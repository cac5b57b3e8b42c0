import assert from "node:assert/strict";
import { test } from "node:test";
import { encoderToTrain, packNamed, progressed, readingTime_ms, choices } from "../page/state/encoders.js";
import { initialState } from "../page/state/state.js";
import { reduce } from "../page/state/reduce.js";
import { encoderNeeded, NoteReader } from "../page/services/reading.js";
import { batches, joined, parts, PART_CHARACTERS } from "../worker/encoder/parts.js";
import { readHeader } from "../worker/encoder/header.js";
import { fetchInto } from "../worker/encoder/fetch-pack.js";
import { keyOf, VectorFile } from "../worker/encoder/vectors.js";

const encoder = { pack: "a".repeat(64), width: 2 };

/** Stands for a browser's file. */
class Memory {
  bytes = new Uint8Array();
  read(to, { at }) {
    const part = this.bytes.subarray(at, at + to.byteLength);
    new Uint8Array(to.buffer, to.byteOffset, to.byteLength).set(part);
    return part.length;
  }
  write(from, { at }) {
    const size = Math.max(this.bytes.length, at + from.byteLength);
    const grown = new Uint8Array(size);
    grown.set(this.bytes);
    grown.set(from, at);
    this.bytes = grown;
    return from.byteLength;
  }
  truncate(size) {
    const cut = new Uint8Array(size);
    cut.set(this.bytes.subarray(0, size));
    this.bytes = cut;
  }
  getSize() {
    return this.bytes.length;
  }
  flush() {}
  close() {}
}

test("parts of a text end behind a line break, and are the text", () => {
  const line = `${"word ".repeat(60)}\n`;
  for (const text of ["", "one line", line.repeat(20), `${"x".repeat(5 * PART_CHARACTERS)}\nend`]) {
    const found = parts(text);
    assert.equal(found.join(""), text);
    assert.ok(found.slice(0, -1).every((part) => part.endsWith("\n")));
  }
  assert.ok(parts(line.repeat(20)).length > 2);
  const all = Array.from({ length: 50 }, () => ({ text: line }));
  const together = batches(all);
  assert.deepEqual(together.flat(), all);
  assert.ok(together.every((batch) => batch.length === 1 || batch.length * line.length <= PART_CHARACTERS));
  assert.deepEqual(joined([new Int8Array([1, 2]), new Int8Array(), new Int8Array([3])]), new Int8Array([1, 2, 3]));
});

test("vectors are found again, also after the tab was closed while it wrote", async () => {
  const memory = new Memory();
  const [one, two] = [await keyOf("one"), await keyOf("two")];
  const first = new VectorFile(memory, 2);
  assert.equal(first.get(one), null);
  first.put(one, new Int8Array([1, -2, 3, -4]));
  first.put(two, new Int8Array([5, 6]));
  assert.deepEqual(first.get(one), new Int8Array([1, -2, 3, -4]));
  memory.truncate(memory.getSize() - 1);
  const again = new VectorFile(memory, 2);
  assert.deepEqual([again.get(one), again.get(two)], [new Int8Array([1, -2, 3, -4]), null]);
  again.put(two, new Int8Array([5, 6]));
  assert.deepEqual(new VectorFile(memory, 2).get(two), new Int8Array([5, 6]));
});

test("a full file of vectors begins anew, and what is no such file too", async () => {
  const memory = new Memory();
  const file = new VectorFile(memory, 2, 120);
  for (const text of ["a", "b", "c", "d"]) file.put(await keyOf(text), new Int8Array(10));
  assert.ok(memory.getSize() <= 120);
  assert.deepEqual(file.get(await keyOf("d")), new Int8Array(10));
  assert.equal(file.get(await keyOf("a")), null);
  memory.write(new Uint8Array([0]), { at: 0 });
  assert.equal(new VectorFile(memory, 2).get(await keyOf("d")), null);
});

/** A part of a pack that is being written. */
function part(begun = new Uint8Array()) {
  const memory = new Memory();
  memory.write(begun, { at: 0 });
  return { memory, size: () => memory.getSize(), write: (bytes, at) => memory.write(bytes, { at }), truncate: (size) => memory.truncate(size), close: async () => {} };
}

test("fetching goes on where it broke off, and says what is wrong", async () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
  const wanted = { pack: encoder.pack, bytes: 100, url: "http://server/encoders/a" };
  const signal = new AbortController().signal;
  const asked = [];
  const serve = (answer) => (globalThis.fetch = async (_, { headers }) => (asked.push(headers.range ?? "all"), answer(headers.range)));
  serve((range) => new Response(bytes.slice(Number(/\d+/.exec(range)[0])), { status: 206, headers: { "content-range": `${range.replace("=", " ")}99/100` } }));
  const half = part(bytes.slice(0, 40));
  await fetchInto(wanted, half, () => {}, signal);
  assert.deepEqual(half.memory.bytes, bytes);
  // A server that knows no ranges.
  serve(() => new Response(bytes));
  const other = part(bytes.slice(0, 7));
  await fetchInto(wanted, other, () => {}, signal);
  assert.deepEqual(other.memory.bytes, bytes);
  assert.deepEqual(asked, ["bytes=40-", "bytes=7-"]);
  // What has arrived stays.
  serve(() => new Response(bytes.slice(0, 60)));
  const broken = part();
  await assert.rejects(fetchInto(wanted, broken, () => {}, signal), { code: "network", message: { key: "encoder.broken", values: { share: 60, why: { key: "encoder.ended" } } } });
  assert.equal(broken.size(), 60);
  serve(() => new Response(new Uint8Array(101)));
  await assert.rejects(fetchInto(wanted, part(), () => {}, signal), { code: "encoder-damaged" });
  serve(() => new Response("", { status: 404 }));
  await assert.rejects(fetchInto(wanted, part(), () => {}, signal), { code: "encoder-missing" });
});

test("a pack says what it is, and what is none is named", async () => {
  const about = { name: "tiny", licence: "MIT", card: "…", vector_width: 8, config: { num_hidden_layers: 2 } };
  const file = (metadata) => {
    const header = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata }));
    const length = new DataView(new ArrayBuffer(8));
    length.setBigUint64(0, BigInt(header.length), true);
    return new Blob([length, header, new Uint8Array(5)]);
  };
  const found = await readHeader(file({ format: "fedner-encoder-pack-1", about: JSON.stringify(about) }));
  assert.deepEqual([found.name, found.licence, found.width, found.layers], ["tiny", "MIT", 8, 2]);
  for (const other of [new Blob([]), new Blob([new Uint8Array(20).fill(255)]), file({ format: "other" }), file({ format: "fedner-encoder-pack-1", about: "{}" })]) {
    await assert.rejects(readHeader(other), { code: "encoder-damaged" });
  }
});

test("what is trained is what was chosen, else what the model is", () => {
  const state = initialState("main");
  const chosen = (encoder_choice, model = null) => encoderToTrain({ ...state, encoder: model, settings: { ...state.settings, encoder_choice } });
  assert.equal(chosen(null), null);
  assert.deepEqual(chosen(null, encoder), encoder);
  assert.equal(chosen({ kind: "small" }, encoder), null);
  assert.deepEqual(chosen({ kind: "encoder", ...encoder }), encoder);
});

test("progress says what is left once its pace is known", () => {
  const first = progressed(null, { done: 40, total: 100, now_ms: 0 });
  assert.equal(first.left_ms, null);
  const later = progressed(first, { done: 70, total: 100, now_ms: 3000 });
  assert.equal(later.left_ms, 3000, "what was there when it began does not count");
  assert.equal(progressed(later, { done: 0, total: 50, now_ms: 4000 }).began_ms, 4000, "other work begins anew");
});

test("packs on the device go before the server's, and a speed gives a time", () => {
  let state = initialState("main");
  const pack = { ...encoder, name: "tiny", licence: "MIT", layers: 2, bytes: 10, card: "" };
  state = reduce(state, { type: "encoders-listed", listed: [pack, { ...pack, pack: "b" }] });
  state = reduce(state, { type: "encoders-here", here: { kept: true, whole: [pack], parts: [] } });
  state = reduce(state, { type: "encoder-timed", pack: pack.pack, words_per_s: 500 });
  assert.deepEqual(choices(state.encoders).map((one) => one.pack), [pack.pack, "b"]);
  assert.equal(packNamed(state.encoders, "c"), null);
  assert.equal(readingTime_ms(state, pack.pack), null);
  const size = { sentences: 1, tokens: 1000, entities: 1 };
  assert.equal(readingTime_ms({ ...state, corpus: { training: size, held_out: size } }, pack.pack), 4000);
});

/** An engine whose notes `unread` must be read before it trains, and what was asked of it and of the reader. */
function engine(unread) {
  const asked = [];
  const left = new Set(unread);
  const needed = { code: "encoder-needed", message: "", hint: "", encoder };
  const call = async (name, ...args) => {
    asked.push([name, ...args]);
    if (name === "unread") return [...left];
    if (name === "setVectors") args[1].forEach((id) => left.delete(id));
    if (name === "train" && left.size > 0) throw needed;
    if (name === "assess" && args[1]?.encoder.pack !== encoder.pack) throw needed;
    return name;
  };
  const reader = { read: async (_, __, texts) => texts.map((text) => new Int8Array(text.length)), stop: async () => {} };
  let state = initialState("main");
  const store = { get: () => state, dispatch: (action) => (state = reduce(state, action)) };
  const notes = ["a", "b"].map((id) => ({ id, text: `${id} note` }));
  return { asked, needed, store, reading: new NoteReader(store, call, () => notes, reader) };
}

test("notes are read when a training needs it, and only those that were not", async () => {
  const { asked, reading, store } = engine(["b"]);
  assert.equal(await reading.call("train", { seed: 1 }), "train");
  assert.deepEqual(asked.map(([name]) => name), ["train", "unread", "setVectors", "train"]);
  assert.deepEqual(asked[2].slice(2), [["b"], [new Int8Array(6)]]);
  assert.equal(store.get().encoders.reading, null);
});

test("texts are read before the model is asked, with the encoder that it has by then", async () => {
  const { asked, reading } = engine([]);
  assert.equal(await reading.call("assess", [{ id: "a", text: "fever" }]), "assess");
  assert.deepEqual(asked.map((call) => call[2]?.encoder ?? null), [null, encoder]);
  assert.equal(encoderNeeded({ code: "other" }), null);
});
