import assert from "node:assert/strict";
import { test } from "node:test";
import { said } from "../page/language/language.js";
import { decryptBackup, encryptBackup } from "../page/storage/backup.js";
import { packed, unpacked } from "../page/storage/packing.js";

const content = {
  version: 3,
  documents: [{ id: "a", text: "Pat. took aspirin 😀.", entities: [{ start: 10, end: 17, label: "DRUG" }] }],
  edits: [],
  ledger: [],
  values: { checkpoint: new Uint8Array([0, 255, 7]), progress: { losses: new Float32Array([0.5]) }, comparison: null, none: new Uint8Array() },
};
const bytesOf = async (blob) => new Uint8Array(await blob.arrayBuffer());
const backup = () => encryptBackup({ workspace: "Ward 3 ä", content, passphrase: "correct horse", now_ms: 5 }).then(bytesOf);

/** A failure that says this. @param {RegExp} words */
const saying = (words) => (/** @type {any} */ fault) => words.test(said(fault.message));

test("what is packed comes out as it was", () => {
  assert.deepEqual(unpacked(packed(content)), content);
  assert.throws(() => packed({ when: new BigInt64Array(1) }), /BigInt64Array/);
});

test("a backup holds everything, and none of it in the clear", async () => {
  const bytes = await backup();
  assert.ok(!Buffer.from(bytes).includes("aspirin"));
  assert.deepEqual(await decryptBackup(bytes, "correct horse"), { workspace: "Ward 3 ä", made_ms: 5, content });
});

test("a wrong passphrase, damage and other files are told apart", async () => {
  const bytes = await backup();
  await assert.rejects(decryptBackup(bytes, "correct hors"), saying(/not the passphrase/));
  for (const at of [bytes.length - 1, 30, 200]) {
    const other = bytes.slice();
    other[at] ^= 1;
    await assert.rejects(decryptBackup(other, "correct horse"), ({ code, message }) => code === "backup" && /damaged|not the passphrase/.test(said(message)));
  }
  await assert.rejects(decryptBackup(bytes.slice(0, 60), "correct horse"), saying(/damaged/));
  await assert.rejects(decryptBackup(new TextEncoder().encode("Notes of a ward"), "x"), saying(/not a backup/));
});
