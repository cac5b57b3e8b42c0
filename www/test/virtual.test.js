import assert from "node:assert/strict";
import { test } from "node:test";
import { ROWS_AROUND, rowsInSight, scrolledTo } from "../page/state/virtual.js";

test("only the rows in sight and a few around them are drawn", () => {
  assert.deepEqual(rowsInSight({ top: 0, height: 100, row: 10, count: 10_000 }), { first: 0, end: 10 + ROWS_AROUND });
  const middle = rowsInSight({ top: 50_000, height: 100, row: 10, count: 10_000 });
  assert.deepEqual(middle, { first: 5000 - ROWS_AROUND, end: 5010 + ROWS_AROUND });
});

test("a list that has become shorter than it is scrolled is no trouble", () => {
  assert.deepEqual(rowsInSight({ top: 50_000, height: 100, row: 10, count: 3 }), { first: 3, end: 3 });
  assert.deepEqual(rowsInSight({ top: 0, height: 100, row: 10, count: 0 }), { first: 0, end: 0 });
});

test("scrolling to a row goes no further than needed", () => {
  const view = { top: 100, height: 100, row: 10 };
  assert.equal(scrolledTo(view, 12), 100);
  assert.equal(scrolledTo(view, 5), 50);
  assert.equal(scrolledTo(view, 20), 110);
});
