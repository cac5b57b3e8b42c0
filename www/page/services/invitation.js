// An invitation that came with the address: for whom it is, and whether it can still be used.

import { phrase } from "../../shared/phrase.js";
import { LOOK } from "../state/ledger-words.js";
import { report } from "./failures.js";

const PATH = "/api/v1/invitation";

/**
 * @param {Page.Context} context
 * @param {import("./asking.js").Ask} ask
 */
export function invitationService({ store, bus }, ask) {
  /**
   * Asks the server what the invitation in the address is for. This does not use it up.
   * @param {{join: string | null, invitation: string | null}} wanted
   */
  async function take({ join, invitation }) {
    if (join) store.dispatch({ type: "settings-changed", settings: { federation: join } });
    if (!invitation) return;
    const { federation } = store.get().settings;
    const given = { federation, secret: invitation };
    store.dispatch({ type: "invitation-given", invitation: given });
    const found = await look(given);
    // Another one may have come meanwhile.
    if (store.get().invitation !== given) return;
    if ("invited" in found) store.dispatch({ type: "invitation-checked", invitation: given, invited: found.invited });
    else {
      // A refused invitation can't be used any more; one that was not answered may still be valid.
      if (found.refused) store.dispatch({ type: "invitation-ended", federation });
      report(store, found.failure);
    }
  }

  /**
   * @param {Page.Invitation} given
   * @returns {Promise<{invited: Page.Invited} | {failure: Page.Failure, refused: boolean}>}
   */
  async function look({ federation, secret }) {
    try {
      const { ok, answer } = await ask({ path: PATH, body: { federation, invitation: secret }, what: LOOK });
      if (!ok) return { failure: refusal(answer), refused: String(answer.code).startsWith("invitation-") };
      const { federation_name, name, expires_in_ms } = answer;
      return { invited: { federation, federation_name, name, expires_at_ms: Date.now() + expires_in_ms } };
    } catch (fault) {
      const detail = fault instanceof Error ? fault.message : String(fault);
      const message = phrase("invitation.not-asked", { detail });
      return { failure: { code: "network", message, hint: phrase("invitation.not-asked-hint") }, refused: false };
    }
  }

  bus.on("invitation-declined", () => {
    const { invitation } = store.get();
    if (invitation) store.dispatch({ type: "invitation-ended", federation: invitation.federation });
  });

  return { take };
}

/**
 * @param {{title?: string, detail?: string}} problem
 * @returns {Page.Failure}
 */
function refusal({ title, detail }) {
  return { code: "refused", message: title ? `${title}.` : phrase("invitation.refused"), hint: sentence(detail ?? "") };
}

/** @param {string} text */
function sentence(text) {
  const trimmed = text.trim();
  if (trimmed === "") return phrase("invitation.refused-hint");
  return trimmed.charAt(0).toUpperCase() + trimmed.slice(1) + (/[.!?]$/.test(trimmed) ? "" : ".");
}
