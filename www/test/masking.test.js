import assert from "node:assert/strict";
import { test } from "node:test";
import { fingerprint } from "../worker/fingerprint.js";
import { identityKeys } from "../worker/identity.js";
import { SiteMasking } from "../worker/masking.js";

/** A database that keeps values as structured copies, as IndexedDB does, and notes what was written when. */
function database(log = []) {
  const stored = {};
  return {
    stored,
    value: async (name) => structuredClone(stored[name]),
    setValue: async (name, value) => {
      stored[name] = structuredClone(value);
      if (name === "masking") log.push(`stored ${text(value.f.state)}`);
    },
  };
}

const bytes = (words) => new TextEncoder().encode(words);
const text = (own) => new TextDecoder().decode(own);

/** A module whose state is the list of what it was asked. */
function module(log, peers = {}) {
  const add = (state, what) => bytes(`${state ? text(state) : ""} ${what}`.trim());
  return {
    next(state, federation, round, attempt, view, entropy) {
      assert.equal(entropy.length, 32);
      const asked = text(view);
      log.push(`asked ${asked} with ${state ? text(state) : "nothing"}`);
      if (asked === "wait") return { kind: "wait", peers };
      if (asked === "keys") return { kind: "sign", statement: "statement", state: add(state, asked), peers };
      return { kind: "send", message: bytes(`${federation} ${round} ${attempt}`), state: add(state, asked), peers };
    },
    keysMessage: (state, signature) => bytes(`${text(state)} signed with ${signature.length} bytes`),
    mask(state, view, levels, values) {
      if (text(state).includes("masked")) return undefined;
      return { bits: 11, bytes: bytes(String(values.length * levels)), sites: 4, sites_min: 3, state: add(state, "masked") };
    },
  };
}

async function enrolled(open) {
  const identities = identityKeys(open);
  await identities.forEnrolment("f", null);
  await identities.enrolled("f");
  return identities;
}

test("what an answer rests on is stored before it is given, and is there after a reload", async () => {
  const log = [];
  const open = database(log);
  const site = async () => new SiteMasking(open, await enrolled(open), async () => module(log), () => {});
  const first = await site();
  const keys = await first.next("f", 2, 1, bytes("keys"));
  assert.equal(text(keys.message), "keys signed with 64 bytes");
  assert.deepEqual(log, ["asked keys with nothing", "stored keys"]);
  assert.equal((await first.next("f", 2, 1, bytes("wait"))).kind, "wait");
  assert.equal(log.length, 3, "nothing has changed, so nothing is written");
  const masked = await first.mask("f", bytes("view"), 255, new Int32Array(2));
  assert.deepEqual([masked.bits, text(masked.bytes), masked.sites, masked.sites_min, masked.state], [11, "510", 4, 3, undefined]);
  // Another tab, after this one was killed.
  const second = await site();
  assert.equal(await second.mask("f", bytes("view"), 255, new Int32Array(2)), null, "the killed tab has masked before");
  await second.next("f", 2, 1, bytes("unmask"));
  assert.deepEqual(log.slice(-2), ["asked unmask with keys masked", "stored keys masked unmask"]);
});

test("what can't be stored is not answered", async () => {
  const open = database();
  const identities = await enrolled(open);
  const full = { ...open, setValue: async () => Promise.reject(new DOMException("full", "QuotaExceededError")) };
  const site = new SiteMasking(full, identities, async () => module([]), () => {});
  await assert.rejects(site.next("f", 1, 1, bytes("keys")), { code: "storage-full" });
  const none = new SiteMasking(null, identities, async () => module([]), () => {});
  await assert.rejects(none.next("f", 1, 1, bytes("keys")), /can’t be stored/);
});

test("the sites that were met are reported with fingerprints, this one among them", async () => {
  const open = database();
  const identities = await enrolled(open);
  const own = await identities.publicKey("f");
  const peers = { a: own, b: new Uint8Array(65) };
  const seen = [];
  const site = new SiteMasking(open, identities, async () => module([], peers), (met) => seen.push(met));
  await site.next("f", 1, 1, bytes("shares"));
  await site.next("f", 1, 1, bytes("more"));
  assert.equal(seen.length, 1, "nobody new was met the second time");
  assert.deepEqual(seen[0].sites.map(({ site, own }) => [site, own]), [["a", true], ["b", false]]);
  assert.match(seen[0].sites[0].fingerprint, /^([0-9a-f]{4} ){7}[0-9a-f]{4}$/);
  const again = [];
  await new SiteMasking(open, identities, async () => module([]), (met) => again.push(met)).reportAll();
  assert.deepEqual(again, seen, "also after a reload");
});

test("a fingerprint is the beginning of the key's SHA-256", async () => {
  assert.equal(await fingerprint(bytes("test")), "9f86 d081 884c 7d65 9a2f eaa0 c55a d015");
});

test("a site without an identity key says what to do", async () => {
  const open = database();
  const site = new SiteMasking(open, identityKeys(open), async () => module([]), () => {});
  await assert.rejects(site.next("f", 1, 1, bytes("keys")), /join anew/);
});
