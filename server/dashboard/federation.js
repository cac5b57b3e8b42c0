// One federation: where it stands, its sites, its versions, its invitations.

import { byId, confirm, element, table, time } from "./draw.js";
import * as server from "./server.js";

/**
 * @param {any} federation of the overview
 * @param {any[]} sites
 * @param {any[]} invitations
 * @param {(act: () => Promise<unknown>) => Promise<void>} act does something, then draws anew or shows what went wrong
 */
export function drawFederation(federation, sites, invitations, act) {
  const { id, name, state, rounds } = federation;
  const heading = element("h2", { id: `federation-${id}` }, name);
  const isPaused = state.phase.kind === "paused";
  const pause = element(
    "button",
    { type: "button", id: `pause-${id}`, onclick: () => act(() => server.setPaused(id, !isPaused)) },
    isPaused ? "Resume" : "Pause",
  );
  const trouble = federation.trouble ? [element("p", { className: "bad" }, federation.trouble)] : [];
  const active = sites.filter((site) => site.revoked_at_ms == null);
  return element(
    "section",
    { "aria-labelledby": heading.id },
    element("div", { className: "row" }, heading, element("code", {}, id), pause),
    ...trouble,
    facts([
      ["Now", phase(state)],
      ["Version", `${state.version} of ${rounds.rounds}`],
      ["Sites here", `${federation.present.length} of ${active.length}`],
      ["Round opens with", `${rounds.min_sites} sites`],
      ["Round closes with", `${rounds.quorum} updates after ${rounds.deadline_s} s`],
      ["New sites", federation.enrolment],
    ]),
    element("h3", {}, "Sites"),
    siteTable(federation, sites, act),
    element("h3", {}, "Invitations"),
    federation.enrolment === "closed" ? element("p", { className: "muted" }, "Closed: nobody new may enter.") : inviteForm(id, act),
    invitationTable(invitations, act),
    element("details", {}, element("summary", {}, "Versions"), versionTable(federation)),
  );
}

function phase(state) {
  const { phase } = state;
  if (phase.kind === "open") return `round ${phase.round} open, ${phase.received} updates`;
  if (phase.kind === "waiting") return `waiting for ${phase.min_sites} sites`;
  return phase.kind;
}

function facts(pairs) {
  const parts = pairs.map(([term, text]) => element("div", {}, element("dt", {}, term), element("dd", {}, text)));
  return element("dl", { className: "facts" }, ...parts);
}

/** What a site is doing, for the open round. */
function standing(federation, site) {
  if (site.revoked_at_ms != null) return "ended";
  const isHere = federation.present.includes(site.id);
  if (federation.sent.includes(site.id)) return isHere ? "here, has sent" : "has sent";
  if (!isHere) return "away";
  return federation.state.phase.kind === "open" ? "here, not sent yet" : "here";
}

function siteTable(federation, sites, act) {
  if (!sites.length) return element("p", { className: "muted" }, "None has enrolled yet.");
  const rows = sites.map((site) => {
    const name = site.name ?? `${site.id.slice(0, 8)}…`;
    const end = async () => {
      const question = {
        heading: `End the part of ${name}?`,
        text: "Its next request is refused. It can take part again only with a new invitation.",
        yes: "End its part",
        more: "Also remove what it has sent and is not merged yet",
      };
      const wanted = await confirm(question);
      if (wanted) await act(() => server.revokeSite(site.id, wanted.more));
    };
    const button = element("button", { type: "button", onclick: end, "aria-label": `End the part of ${name}` }, "End");
    return [name, standing(federation, site), time(site.enrolled_at_ms), time(site.seen_at_ms), site.revoked_at_ms == null ? button : ""];
  });
  return table("Sites", ["Site", "Now", "Enrolled", "Last seen", ""], rows);
}

function invitationTable(invitations, act) {
  if (!invitations.length) return element("p", { className: "muted" }, "No invitation was made yet.");
  const rows = invitations.map((invitation) => {
    const take = () => act(() => server.revokeInvitation(invitation.id));
    const isOpen = invitation.state.kind === "open";
    const label = { "aria-label": `Take back the invitation of ${invitation.name}` };
    const button = isOpen ? element("button", { type: "button", onclick: take, ...label }, "Take back") : "";
    return [invitation.name, invitation.state.kind, time(invitation.made_at_ms), time(invitation.expires_at_ms), button];
  });
  return table("Invitations", ["For", "State", "Made", "Until", ""], rows);
}

function versionTable({ id, versions }) {
  const rows = versions.map((version) => {
    const file = { href: server.modelPath(id, version.version), download: "" };
    const link = element("a", { ...file, "aria-label": `Download version ${version.version}` }, "Download");
    return [String(version.version), time(version.made_at_ms), String(version.updates), element("code", {}, version.digest.slice(0, 23)), link];
  });
  return table("Versions", ["Version", "Made", "Updates", "Digest", ""], rows);
}

function inviteForm(federation, act) {
  const name = element("input", { type: "text", id: `invite-${federation}`, required: true, maxLength: 100 });
  const days = element(
    "select",
    { id: `days-${federation}` },
    ...[1, 7, 30].map((count) => element("option", { value: String(count), selected: count === 7 }, count === 1 ? "1 day" : `${count} days`)),
  );
  const field = (text, control) => element("div", { className: "field" }, element("label", { htmlFor: control.id }, text), control);
  const form = element(
    "form",
    { className: "invite" },
    field("Invite whom?", name),
    field("For how long?", days),
    element("button", { type: "submit" }, "Make an invitation"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act(async () => {
      const { link } = await server.invite(federation, name.value, Number(days.value));
      // It is made: the next one has another name, and what is listed is drawn anew.
      name.value = "";
      await showLink(link);
    });
  });
  return form;
}

async function showLink(link) {
  const input = /** @type {HTMLInputElement} */ (byId("invitation-link"));
  input.value = link;
  byId("invitation-copy").onclick = () => {
    input.select();
    navigator.clipboard?.writeText(link);
  };
  const drawn = new DOMParser().parseFromString(await server.qrCode(link), "image/svg+xml");
  byId("invitation-picture").replaceChildren(document.importNode(drawn.documentElement, true));
  const dialog = /** @type {HTMLDialogElement} */ (byId("invitation"));
  dialog.addEventListener("close", () => {
    // It is not shown again.
    input.value = "";
    byId("invitation-picture").replaceChildren();
  }, { once: true });
  dialog.showModal();
}
