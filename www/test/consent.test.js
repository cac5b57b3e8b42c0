import assert from "node:assert/strict";
import { test } from "node:test";
import { hasConsent } from "../page/state/consent.js";
import { reduce } from "../page/state/reduce.js";
import { initialState } from "../page/state/state.js";

const joining = (state, federation) => reduce(state, { type: "settings-changed", settings: { federation } });

test("each federation is agreed to by itself", () => {
  const asked = reduce(joining(initialState("main"), "north"), { type: "consent-asked" });
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
