import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { byRound, EMPTY_LEDGER, ledgerKey, record, totals } from "../page/state/ledger.js";
import { LOOK, REQUESTS, requestWords } from "../page/state/ledger-words.js";
import { said } from "../page/language/language.js";

const entry = (id, more = {}) => ({
  key: ledgerKey("s", id), id, time_ms: id, method: "GET", path: "/", status: 200, bytes_sent: 10, bytes_received: 100, tensors: [], what: "", ...more,
});
const all = (entries, limit) => entries.reduce((ledger, e) => record(ledger, e, limit), EMPTY_LEDGER);

test("an empty ledger has no totals", () => {
  assert.deepEqual(totals(EMPTY_LEDGER), { requests: 0, bytes_sent: 0, bytes_received: 0, lost: 0, tensors: [] });
});

test("a request whose answer becomes known is counted once", () => {
  const ledger = all([entry(1, { status: 0, bytes_received: 0 }), entry(2), entry(1)]);
  assert.deepEqual(ledger.entries.map((e) => e.id), [1, 2]);
  assert.deepEqual(totals(ledger), { requests: 2, bytes_sent: 20, bytes_received: 200, lost: 0, tensors: [] });
});

test("requests without an answer are counted as such", () => {
  assert.equal(totals(all([entry(1, { status: 0 }), entry(2)])).lost, 1);
});

test("only tensors that were sent are named, each once", () => {
  const ledger = all([
    entry(1, { tensors: ["got"] }),
    entry(2, { method: "PUT", tensors: ["b", "a"] }),
    entry(3, { method: "PUT", tensors: ["a"] }),
  ]);
  assert.deepEqual(totals(ledger).tensors, ["a", "b"]);
});

test("old entries go, their sums stay", () => {
  const ledger = all([1, 2, 3, 4, 5].map((id) => entry(id)), 2);
  assert.deepEqual(ledger.entries.map((e) => e.id), [4, 5]);
  const { requests, bytes_sent, bytes_received } = totals(ledger);
  assert.deepEqual([requests, bytes_sent, bytes_received], [5, 50, 500]);
});

test("the same number from another engine is another request", () => {
  const ledger = all([entry(1), { ...entry(1), key: ledgerKey("t", 1) }]);
  assert.equal(ledger.entries.length, 2);
});

test("requests are grouped by the round they belong to", () => {
  const entry = (path, bytes_sent = 1) => ({ key: path, path, bytes_sent, bytes_received: 2 });
  const paths = ["/api/v1/enrol", "/api/v1/federations/rounds/events", "/api/v1/federations/a/models/0", "/api/v1/federations/a/rounds/1/updates/x", "/api/v1/federations/a/models/1", "/api/v1/federations/a/models/12/ab", "/api/v1/federations/a/leave"];
  const groups = byRound(paths.map((path) => entry(path)));
  assert.deepEqual(groups.map(({ round, entries }) => [round, entries.length]), [[null, 2], [0, 1], [1, 2], [12, 1], [null, 1]]);
  assert.deepEqual(groups[2].totals, { requests: 2, bytes_sent: 2, bytes_received: 4 });
});

test("every request of the engine has words in each language; an unknown one is shown as it is", () => {
  const source = readFileSync(new URL("../../client-wasm/src/transport.rs", import.meta.url), "utf8");
  const named = [...source.matchAll(/Outgoing::new\([^"]*(?:"[^"]*"[^"]*)*?"([a-z][a-z' ]+)"\)/gu)].map((found) => found[1]);
  const stream = /STREAM: &str = "([^"]+)"/u.exec(source)?.[1];
  assert.ok(named.length >= 6 && stream, "the engine's source says what its requests are");
  assert.deepEqual([...new Set([...named, stream, LOOK])].filter((what) => !(what in REQUESTS)), []);
  assert.equal(said(requestWords("fetch the global shared module")), "fetch the global shared module");
  assert.equal(requestWords("something of an earlier version"), "something of an earlier version");
});
