// Whether a person has agreed to what leaves the device: asked for each federation.

/**
 * @param {Page.State} state
 * @param {string} federation
 */
export function hasConsent({ settings: { consents, consent_ms }, enrolled }, federation) {
  // Earlier versions of the page asked once for all; that counts for what was joined then.
  return Object.hasOwn(consents, federation) || (consent_ms !== null && enrolled.includes(federation));
}
