import assert from "node:assert/strict";
import { test } from "node:test";
import { isRightToLeft } from "../page/state/annotate/direction.js";

test("each paragraph is written by its first letter", () => {
  const text = "Pat. took אספירין.\n1. המטופל לקח aspirin.\n\nالمريض";
  assert.equal(isRightToLeft(text, 3), false);
  assert.equal(isRightToLeft(text, text.indexOf("המטופל")), true);
  assert.equal(isRightToLeft(text, text.indexOf("aspirin")), true, "by its paragraph, not by the word");
  assert.equal(isRightToLeft(text, text.length), true);
  assert.equal(isRightToLeft("", 0), false);
  assert.equal(isRightToLeft("12 + 3", 2), false);
});
