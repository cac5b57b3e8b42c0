import assert from "node:assert/strict";
import { test } from "node:test";
import { enrolmentStatement } from "../worker/enrolment.js";
import { identityKeys } from "../worker/identity.js";

/** A database that keeps values as structured copies, as IndexedDB does. */
function database(stored = {}) {
  return {
    stored,
    value: async (name) => stored[name],
    setValue: async (name, value) => void (stored[name] = structuredClone(value)),
  };
}

const bytes = (text) => Buffer.from(text, "base64url");
const HASH_OF_TEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

async function verified({ public_key, signature }, statement) {
  const key = await crypto.subtle.importKey("raw", bytes(public_key), { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, bytes(signature), new TextEncoder().encode(statement));
}

test("the statement is the one that the server checks", () => {
  assert.equal(
    enrolmentStatement("adverse-drug-events", HASH_OF_TEST, "BPgz"),
    `FedNER enrolment, version 1\nfederation: adverse-drug-events\ninvitation: ${HASH_OF_TEST}\npublic key: BPgz\n`,
  );
});

test("a key signs its own enrolment; the private part can't be read", async () => {
  const open = database();
  const identity = await identityKeys(open).forEnrolment("f", "test");
  assert.equal(bytes(identity.public_key).length, 65);
  assert.equal(bytes(identity.signature).length, 64);
  assert.ok(await verified(identity, enrolmentStatement("f", HASH_OF_TEST, identity.public_key)));
  assert.ok(!(await verified(identity, enrolmentStatement("g", HASH_OF_TEST, identity.public_key))));
  const { private_key } = open.stored.identities.f.asking;
  assert.equal(private_key.extractable, false);
  await assert.rejects(crypto.subtle.exportKey("pkcs8", private_key));
  assert.ok(!JSON.stringify(open.stored).includes("test"), "the invitation itself is not stored");
});

test("asking again uses the same key until the server has taken it", async () => {
  const open = database();
  const first = await identityKeys(open).forEnrolment("f", "test");
  const keys = identityKeys(open);
  const again = await keys.forEnrolment("f", "test");
  assert.equal(again.public_key, first.public_key);
  assert.notEqual((await keys.forEnrolment("f", "another")).public_key, first.public_key);
  const asked = await keys.forEnrolment("f", null);
  assert.ok(await verified(asked, enrolmentStatement("f", "none", asked.public_key)));
  await keys.enrolled("f");
  assert.equal(open.stored.identities.f.known.public_key, asked.public_key);
  const anew = await keys.forEnrolment("f", null);
  assert.notEqual(anew.public_key, asked.public_key, "who joins anew has a new key");
  assert.equal(open.stored.identities.f.known.public_key, asked.public_key);
  assert.equal((await keys.forEnrolment("f", null)).public_key, anew.public_key);
});

test("a key that can't be stored is reported and not used", async () => {
  const full = { ...database(), setValue: async () => { throw new DOMException("full", "QuotaExceededError"); } };
  await assert.rejects(identityKeys(full).forEnrolment("f", null), { code: "storage-full" });
  assert.ok(await identityKeys(null).forEnrolment("f", null), "without any database it lives as long as the tab");
});
