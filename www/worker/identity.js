// The site's identity keys, one for each enrolment. The browser makes them so that nobody can read the private part, not
// even this page: it can only be asked to sign.

import { storageFailure } from "../shared/database.js";
import { base64url, enrolmentStatement, hexadecimal, unbase64url } from "./enrolment.js";

const KEY = { name: "ECDSA", namedCurve: "P-256" };
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };

/**
 * A key, and the invitation that it was made for (its hash, or "none").
 * @typedef {{public_key: string, private_key: CryptoKey, invitation: string}} IdentityKey
 */
/**
 * Of one federation: the key that the server knows, and one that has asked to be known. The second is kept until an
 * answer comes, so that asking again is the same enrolment.
 * @typedef {{known: IdentityKey | null, asking: IdentityKey | null}} Identities
 */

/**
 * @param {Pick<import("../shared/database.js").Database, "value" | "setValue"> | null} database null: keys live as long
 *   as this tab
 */
export function identityKeys(database) {
  /** @type {Record<string, Identities> | null} */
  let all = null;

  async function read() {
    all ??= /** @type {Record<string, Identities>} */ ((await database?.value("identities")) ?? {});
    return all;
  }

  /**
   * @param {string} federation
   * @param {Identities} own
   */
  async function write(federation, own) {
    all = { ...(await read()), [federation]: own };
    try {
      await database?.setValue("identities", all);
    } catch (fault) {
      throw storageFailure(fault);
    }
  }

  return {
    /**
     * The key to enrol with, and its proof; null where the browser makes no keys (a page without HTTPS).
     * @param {string} federation
     * @param {string | null} invitation
     * @returns {Promise<Fedner.Identity | null>}
     */
    async forEnrolment(federation, invitation) {
      if (!globalThis.crypto?.subtle) return null;
      const digest = invitation === null ? "none" : await sha256(invitation);
      const own = (await read())[federation] ?? { known: null, asking: null };
      let key = own.asking;
      if (key?.invitation !== digest) {
        key = await newKey(digest);
        await write(federation, { ...own, asking: key });
      }
      const statement = new TextEncoder().encode(enrolmentStatement(federation, digest, key.public_key));
      const signature = await crypto.subtle.sign(SIGNATURE, key.private_key, statement);
      return { public_key: key.public_key, signature: base64url(signature) };
    },

    /**
     * Signs with the key that the server knows.
     * @param {string} federation
     * @param {string} statement
     * @returns {Promise<Uint8Array<ArrayBuffer>>}
     */
    async sign(federation, statement) {
      const key = (await read())[federation]?.known;
      if (!key) throw new Error("this workspace has no identity key for this federation: forget the enrolment and join anew, over HTTPS");
      return new Uint8Array(await crypto.subtle.sign(SIGNATURE, key.private_key, new TextEncoder().encode(statement)));
    },

    /**
     * The public key that the server knows; null where it knows none.
     * @param {string} federation
     * @returns {Promise<Uint8Array<ArrayBuffer> | null>}
     */
    async publicKey(federation) {
      const key = (await read())[federation]?.known;
      return key ? unbase64url(key.public_key) : null;
    },

    /**
     * The server has accepted the key.
     * @param {string} federation
     */
    async enrolled(federation) {
      const own = (await read())[federation];
      if (own?.asking) await write(federation, { known: own.asking, asking: null });
    },
  };
}

/**
 * @param {string} invitation
 * @returns {Promise<IdentityKey>}
 */
async function newKey(invitation) {
  const pair = await crypto.subtle.generateKey(KEY, false, ["sign", "verify"]);
  const public_key = base64url(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { public_key, private_key: pair.privateKey, invitation };
}

/** @param {string} text */
async function sha256(text) {
  return hexadecimal(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
