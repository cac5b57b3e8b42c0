import assert from "node:assert/strict";
import { test } from "node:test";
import { said } from "../page/language/language.js";
import { fileBytes } from "../page/browser/file.js";

const limit = { bytes_max: 3, code: "import", hint: "Split it." };
const file = (size) => ({ name: "notes.txt", size, arrayBuffer: async () => new Uint8Array(size).buffer });

test("a file of just the limit is read", async () => {
  assert.equal((await fileBytes(file(3), limit)).length, 3);
});

test("a larger file is refused by name and size, unread", async () => {
  const unread = { ...file(4), arrayBuffer: () => assert.fail("it was read") };
  await assert.rejects(fileBytes(unread, limit), (fault) => {
    assert.equal(fault.code, "import");
    assert.match(said(fault.message), /^notes\.txt: .*4 B.*3 B/);
    return true;
  });
});
