// Secure aggregation at this site: loads the module of its cryptography when a federation asks for it, keeps its state, and
// signs. Whatever an answer rests on is on the disk before it is given, so that a tab that is closed or killed at any
// moment never answers a round twice.

import { storageFailure } from "../shared/database.js";
import { fingerprint } from "./fingerprint.js";

const ENTROPY_BYTES = 32;
/**
 * Of a federation: the module's state, which holds the secrets of a round, and the identity keys of the sites that were met.
 * @typedef {{state: Uint8Array, peers: Record<string, Uint8Array<ArrayBuffer>>}} Kept
 */

export class SiteMasking {
  #database;
  #identities;
  #load;
  #onPeers;

  /**
   * @param {Pick<import("../shared/database.js").Database, "value" | "setValue"> | null} database
   * @param {ReturnType<typeof import("./identity.js").identityKeys>} identities
   * @param {() => Promise<Fedner.MaskingPackage>} load gives the module; the same one each time
   * @param {(peers: Page.Peers) => void} onPeers hears of the sites that were met, whenever that changes
   */
  constructor(database, identities, load, onPeers) {
    this.#database = database;
    this.#identities = identities;
    this.#load = load;
    this.#onPeers = onPeers;
  }

  /**
   * What to do next in an attempt, given where it stands. Called by the engine.
   * @param {string} federation
   * @param {number} round
   * @param {number} attempt
   * @param {Uint8Array} view
   * @returns {Promise<{kind: string, message?: Uint8Array, reason?: string}>}
   */
  async next(federation, round, attempt, view) {
    const module = await this.#module();
    const before = (await this.#all())[federation] ?? null;
    const entropy = crypto.getRandomValues(new Uint8Array(ENTROPY_BYTES));
    const { state, peers, statement, ...action } = module.next(before?.state, federation, round, attempt, view, entropy);
    const now = state ?? before?.state;
    if (state) await this.#keep(federation, { state, peers });
    if (action.kind !== "sign" || !now) return action;
    const signature = await this.#identities.sign(federation, statement ?? "");
    return { kind: "send", message: module.keysMessage(now, signature) };
  }

  /**
   * Masks numbers; null where others were masked in this attempt. Called by the engine.
   * @param {string} federation
   * @param {Uint8Array} view
   * @param {number} levels
   * @param {Int32Array} values
   */
  async mask(federation, view, levels, values) {
    const module = await this.#module();
    const before = (await this.#all())[federation];
    if (!before) throw new Error("there is no round to mask an update for");
    const masked = module.mask(before.state, view, levels, values);
    if (!masked) return null;
    const { state, ...numbers } = masked;
    if (state) await this.#keep(federation, { ...before, state });
    return numbers;
  }

  /** Reports the sites that were met in all federations so far. */
  async reportAll() {
    for (const [federation, kept] of Object.entries(await this.#all())) await this.#report(federation, kept);
  }

  async #module() {
    // A site that forgets what it has answered could give its update away.
    if (!this.#database) throw new Error("this workspace can’t be stored here, and what was answered must not be forgotten; open it where the browser keeps pages’ data");
    return this.#load();
  }

  /** @returns {Promise<Record<string, Kept>>} */
  async #all() {
    return (await this.#database?.value("masking")) ?? {};
  }

  /**
   * @param {string} federation
   * @param {Kept} kept
   */
  async #keep(federation, kept) {
    const all = await this.#all();
    try {
      await this.#database?.setValue("masking", { ...all, [federation]: kept });
    } catch (fault) {
      throw storageFailure(fault);
    }
    const met = Object.keys(kept.peers).length;
    if (met !== Object.keys(all[federation]?.peers ?? {}).length) await this.#report(federation, kept);
  }

  /**
   * @param {string} federation
   * @param {Kept} kept
   */
  async #report(federation, { peers }) {
    const own = await this.#identities.publicKey(federation);
    const sites = Object.entries(peers).map(async ([site, key]) => {
      const text = await fingerprint(key);
      return { site, fingerprint: text, own: own !== null && (await fingerprint(own)) === text };
    });
    this.#onPeers({ federation, sites: await Promise.all(sites) });
  }
}
