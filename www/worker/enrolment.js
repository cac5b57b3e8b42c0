// What a site signs to enrol. The server checks the same text (enrolment_statement in server/protocol/src/identity.rs).

/**
 * This key asks to enter this federation with this invitation. No part can hold a line feed.
 * @param {string} federation
 * @param {string} invitation the SHA-256 of the invitation's text in hexadecimal digits, or "none"
 * @param {string} public_key
 */
export function enrolmentStatement(federation, invitation, public_key) {
  return `FedNER enrolment, version 1\nfederation: ${federation}\ninvitation: ${invitation}\npublic key: ${public_key}\n`;
}

/** @param {ArrayBuffer} bytes */
export function hexadecimal(bytes) {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Base64url without padding (RFC 4648, section 5).
 * @param {ArrayBuffer} bytes
 */
export function base64url(bytes) {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * @param {string} text what `base64url` has made
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function unbase64url(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}
