// The invitation that came with the link: who invites whom to what, and accepting it.

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
          setText(title, `This workspace takes part in “${accepted.federation_name}”`);
          setText(text, "You have accepted the invitation. Add notes and mark them; then start with “Join the federation” under Training.");
        }
        if (!invited) return;
        setText(title, `You are invited to “${invited.federation_name}”`);
        const until = new Date(invited.expires_at_ms).toLocaleString(undefined, { dateStyle: "long", timeStyle: "short" });
        setText(text, `Whoever runs ${host} invites “${invited.name}” to take part in this federation. The link works once, in one browser, until ${until}.`);
      },
    ),
  );
}
