// Rows and cells of tables.

import assert from "node:assert/strict";
import test from "node:test";
import { firstRows, rowsOf } from "../page/state/delimited.js";

test("cells in quotes may hold separators, quotes and line ends", () => {
  const rows = rowsOf('a,"b, ""c""\nd",e\r\n\r\n# no row\nf,,g\rh', ",");
  assert.deepEqual(rows, [
    { line: 1, cells: ["a", 'b, "c"\nd', "e"] },
    { line: 5, cells: ["f", "", "g"] },
    { line: 6, cells: ["h"] },
  ]);
});

test("the first rows of a table are parted by what makes most cells", () => {
  assert.deepEqual(firstRows("\u{feff}id;note, long;x\n1;a, b;2\n3;c;4", 2), [["id", "note, long", "x"], ["1", "a, b", "2"]]);
  assert.deepEqual(firstRows("id|t\n1|x", 9), [["id", "t"], ["1", "x"]]);
  assert.deepEqual(firstRows("", 3), []);
});
