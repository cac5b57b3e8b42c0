import assert from "node:assert/strict";
import { test } from "node:test";
import { said } from "../page/language/language.js";
import { importReport } from "../page/state/import-report.js";

const sum = { added: 3, again: 0, entities: 0, unmarked: 0, left_out: 0, sources: 2, read: 2 };

test("an import says what came in, what was there, what was left out and where it ended", () => {
  assert.equal(said(importReport(sum)), "Added 3 notes from 2 files.");
  assert.match(said(importReport({ ...sum, sources: 1, read: 1 })), /Next: drag over words/, "somebody who has pasted a text is told how to go on");
  assert.equal(said(importReport({ ...sum, entities: 1, again: 1 })), "Added 3 notes with 1 mark from 2 files. 1 note had been here already.");
  assert.equal(said(importReport({ ...sum, unmarked: 2 })), "Added 3 notes from 2 files. Nothing is marked in the files of 2 notes, so they count as new.");
  assert.equal(said(importReport({ ...sum, left_out: 4 })), "Added 3 notes from 2 files. 4 files of other kinds were left out.");
  assert.equal(said(importReport({ ...sum, sources: 5 })), "Added 3 notes from 2 files. It ended before the other 3 of 5 files.");
});
