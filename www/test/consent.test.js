import assert from "node:assert/strict";
import { test } from "node:test";
import { hasConsent } from "../page/state/consent.js";
import { reduce } from "../page/state/reduce.js";
import { initialState } from "../page/state/state.js";

const joining = (state, federation) => reduce(state, { type: "settings-changed", settings: { federation } });

test("each federation is agreed to by itself", () => {
  const asked = reduce(joining(initialState("main"), "north"), { type: "consent-asked", offer: null });
  const agreed = reduce(asked, { type: "consent-given", now_ms: 5 });
  assert.ok(hasConsent(agreed, "north"));
  assert.ok(!hasConsent(agreed, "south"), "another federation asks anew");
  assert.ok(!hasConsent(agreed, "constructor"));
  assert.equal(agreed.consent_asked, false);
});

test("what an earlier version was told counts for what was joined then", () => {
  const earlier = { ...initialState("main"), enrolled: ["north"] };
  const state = { ...earlier, settings: { ...earlier.settings, consent_ms: 3 } };
  assert.ok(hasConsent(state, "north"));
  assert.ok(!hasConsent(state, "south"));
});

test("whoever was promised masked updates has agreed to no others", () => {
  const offer = { federation_name: "N", is_masked: true, quorum: 3, rounds: 5, update_bytes: 10 };
  const agree = (state, federation, offered) => reduce(reduce(joining(state, federation), { type: "consent-asked", offer: offered }), { type: "consent-given", now_ms: 5 });
  const masked = agree(initialState("main"), "north", offer);
  assert.deepEqual(masked.settings.masked_only, ["north"]);
  const both = agree(agree(masked, "south", { ...offer, is_masked: false }), "west", null);
  assert.deepEqual(both.settings.masked_only, ["north"]);
  assert.deepEqual(agree(both, "north", null).settings.masked_only, [], "asked anew, and agreed to without the promise");
});
