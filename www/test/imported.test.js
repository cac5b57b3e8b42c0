import assert from "node:assert/strict";
import { test } from "node:test";
import { importedNotes } from "../page/state/imported.js";

const entity = { start: 0, end: 1, label: "X" };
const document = (file, entities = [], labelled = true) => ({ name: file, file, text: "a", entities, details: [], labelled });
const file = (name, format) => ({ name, format, detail: null, documents: 1, marks: 0 });
const read = (documents, files, splits = new Map()) =>
  importedNotes({ documents, files, labels: [], problems: [] }, { ids: documents.map((_, i) => `id${i}`), splits });
const statuses = ({ notes }) => notes.map(({ status, labelled }) => `${status} ${labelled}`);

test("a note without an entity is done where others of its file have some", () => {
  const found = read([document("a.jsonl", [entity]), document("a.jsonl")], [file("a.jsonl", "doccano")]);
  assert.deepEqual(statuses(found), ["done true", "done true"]);
  assert.equal(found.unmarked, 0);
});

test("the notes of a file in which nothing is marked are new", () => {
  const found = read([document("a.jsonl", [entity]), document("b.jsonl"), document("c.txt", [], false)], [
    file("a.jsonl", "doccano"),
    file("b.jsonl", "doccano"),
    file("c.txt", "text"),
  ]);
  assert.deepEqual(statuses(found), ["done true", "new false", "new false"]);
  assert.equal(found.unmarked, 1, "a plain text can't be marked");
});

test("brat's documents are judged together, whatever file each is in", () => {
  const files = [file("a.txt", "brat"), file("b.txt", "brat")];
  assert.deepEqual(statuses(read([document("a.txt", [entity]), document("b.txt")], files)), ["done true", "done true"]);
  assert.deepEqual(statuses(read([document("a.txt"), document("b.txt")], files)), ["new false", "new false"]);
});

test("a file's name says that it is held out, unless something else is known", () => {
  const documents = [document("test.conll", [entity]), document("my-dev.conll", [entity]), document("a.conll", [entity])];
  const { notes } = read(documents, [], new Map([["test.conll", "training"]]));
  assert.deepEqual(notes.map(({ split, id }) => [split, id]), [["training", "id0"], ["held-out", "id1"], ["auto", "id2"]]);
});
