import assert from "node:assert/strict";
import { test } from "node:test";
import { BATCH_BYTES_MAX, BATCH_FILES_MAX, importBatches, isReadable } from "../page/state/import-batches.js";

const file = (name, size = 1) => ({ name, size });
const names = (batches) => batches.map((batch) => batch.map((one) => one.name));

test("files of one name are read together, whatever lies between them and in whichever folders they are", () => {
  const files = [file("a/1.txt", BATCH_BYTES_MAX), file("a/2.txt", BATCH_BYTES_MAX), file("a/1.ann"), file("b/1.ann")];
  assert.deepEqual(names(importBatches(files)), [["a/1.txt", "a/1.ann", "b/1.ann"], ["a/2.txt"]]);
});

test("a batch holds only so many files, and every file is in one", () => {
  const files = Array.from({ length: BATCH_FILES_MAX * 2 + 1 }, (_, i) => file(`${i}.txt`));
  const batches = importBatches(files);
  assert.deepEqual(batches.map((batch) => batch.length), [BATCH_FILES_MAX, BATCH_FILES_MAX, 1]);
  assert.deepEqual(batches.flat(), files);
  assert.deepEqual(importBatches([]), []);
});

test("a dot in a folder's name is no ending", () => {
  assert.equal(importBatches([file("v1.0/a", BATCH_BYTES_MAX), file("v1.0/b", BATCH_BYTES_MAX)]).length, 2);
});

test("in a folder all files are meant but the hidden ones: the content says what they are", () => {
  for (const name of ["a.txt", "A.TXT", "b.ann", "c.zip", "a.pdf", "28"]) assert.ok(isReadable(name), name);
  for (const name of [".hidden.txt", ".DS_Store"]) assert.ok(!isReadable(name), name);
});
