import assert from "node:assert/strict";
import { test } from "node:test";
import { said } from "../page/language/language.js";
import { leakWords, protectionWords } from "../page/state/others.js";

const put = (more) => said(protectionWords({ method: "PUT", tensors: ["shared.embedding"], ...more }));

test("the ledger says of each update who can read it", () => {
  assert.match(put({ protection: { kind: "masked", sites_min: 3, sites: 5 } }), /sum of 3 to 5 sites/);
  assert.match(put({ protection: { kind: "masked", sites_min: 3, sites: 3 } }), /sum of 3 sites/);
  assert.match(put({ protection: { kind: "none" } }), /^Not masked/);
  assert.match(put({}), /^Not masked/, "an entry of an earlier version");
  assert.equal(protectionWords({ method: "GET", tensors: [], protection: null }), null);
  assert.equal(protectionWords({ method: "POST", tensors: [] }), null);
});

test("a leak test says what was right and what chance would have", () => {
  const report = { federation: "f", round: 2, protection: { kind: "none" }, words: 100, others: 900, named_words: 80, named_others: 20, named: [] };
  const finished = (more) => said(leakWords({ running: false, done: true, report: more && { ...report, ...more } }));
  assert.match(finished({}), /100 words named, 80 of them yours.*80 are yours; blind guessing has 10 right.*80 are named\. It was not masked/);
  assert.match(finished({ protection: { kind: "masked", sites_min: 3, sites: 3 }, named_words: 0, named_others: 0 }), /gives no word away .* It was masked/);
  assert.match(finished(null), /No update was sent/);
  assert.equal(said(leakWords({ running: false, done: false, report: null })), "");
});
