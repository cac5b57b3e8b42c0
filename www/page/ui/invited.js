// The invitation that came with the link: who invites whom to what, and accepting it.

import { moment, text as words } from "../language/language.js";
import { part, setText, whenChanged } from "./dom.js";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 * @param {string} server
 */
export function mountInvited(root, { store, bus }, server) {
  const title = part(root, "invited-title");
  const text = part(root, "invited-text");
  const accept = part(root, "invited-accept", HTMLButtonElement);
  const buttons = /** @type {HTMLElement} */ (accept.parentElement);
  const host = new URL(server).host;
  /** @type {Page.Invited | null} */
  let accepted = null;

  accept.addEventListener("click", () => {
    const { invitation } = store.get();
    if (invitation) bus.emit("join", { federation: invitation.federation, invitation: invitation.secret });
  });
  part(root, "invited-decline", HTMLButtonElement).addEventListener("click", () => bus.emit("invitation-declined", null));

  store.draw(
    whenChanged(
      (state) => [state.invited, state.engine === "up" && state.writable && state.run.kind === "idle", state.enrolled, state.notes.length > 0],
      (_, invited, able, enrolled, notes) => {
        accepted = invited ?? accepted;
        // Accepted: it stays until there are notes to begin with.
        const joined = invited === null && accepted !== null && enrolled.includes(accepted.federation) && !notes;
        root.hidden = invited === null && !joined;
        accept.disabled = !able;
        buttons.hidden = joined;
        if (joined && accepted) {
          setText(title, words("invited.joined", { federation: accepted.federation_name }));
          setText(text, words("invited.joined-text"));
        }
        if (!invited) return;
        setText(title, words("invited.title", { federation: invited.federation_name }));
        const until = moment(invited.expires_at_ms, { dateStyle: "long", timeStyle: "short" });
        setText(text, words("invited.text", { host, name: invited.name, until }));
      },
    ),
  );
}
