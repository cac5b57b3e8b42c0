import assert from "node:assert/strict";
import { test } from "node:test";
import { leakText, peersText, protectionText } from "../page/state/others.js";

const put = (more) => ({ method: "PUT", tensors: ["shared.embedding"], ...more });

test("the ledger says of each update who can read it", () => {
  assert.match(protectionText(put({ protection: { kind: "masked", sites_min: 3, sites: 5 } })), /sum of 3 to 5 sites/);
  assert.match(protectionText(put({ protection: { kind: "masked", sites_min: 3, sites: 3 } })), /sum of 3 sites/);
  assert.match(protectionText(put({ protection: { kind: "none" } })), /^Not masked/);
  assert.match(protectionText(put({})), /^Not masked/, "an entry of an earlier version");
  assert.equal(protectionText({ method: "GET", tensors: [], protection: null }), null);
  assert.equal(protectionText({ method: "POST", tensors: [] }), null);
});

test("a leak test says what was right and what chance would have", () => {
  const report = { federation: "f", round: 2, protection: { kind: "none" }, words: 100, others: 900, named_words: 80, named_others: 20, named: [] };
  const text = leakText({ running: false, done: true, report });
  assert.match(text, /80 in 100; blind guessing has 10 in 100 right/);
  assert.match(text, /80 of each 100 of your words\. It was not masked/);
  const masked = { ...report, protection: { kind: "masked", sites_min: 3, sites: 3 }, named_words: 0, named_others: 0 };
  assert.match(leakText({ running: false, done: true, report: masked }), /gives no word away\. It was masked/);
  assert.match(leakText({ running: false, done: true, report: null }), /No update was sent/);
  assert.equal(leakText({ running: false, done: false, report: null }), "");
});

test("sites that were met are explained", () => {
  assert.match(peersText({}), /^None/);
  assert.match(peersText({ f: [] }), /compare its fingerprint/);
});
