// Signing in, and drawing everything anew from time to time.

import { byId, bytes, element, time } from "./draw.js";
import { drawFederation } from "./federation.js";
import * as server from "./server.js";

/** Between two looks at the server. */
const LOOK_EVERY_MS = 5000;
/** Rows of the audit log that are shown, newest first. */
const AUDIT_ROWS_SHOWN = 100;

/** The last rows of the audit log, and the number of the newest. */
const audit = { rows: [], last: 0 };
/** What was drawn last: the same is not drawn again, so that a reader keeps their place. */
let drawn = "";

async function look() {
  // The first tells whether anybody is signed in.
  const overview = await server.overview();
  const [sites, invitations] = await Promise.all([server.sites(), server.invitations()]);
  await readAudit();
  showSignedIn(true);
  drawHealth(overview);
  if (isWriting()) return;
  const now = JSON.stringify([overview.federations, sites, invitations].map(withoutTime));
  if (now === drawn) return;
  drawn = now;
  const focused = mark(document.activeElement);
  const of = (list, id) => list.filter((item) => item.federation === id);
  const open = [...document.querySelectorAll("details")].map((details) => details.open);
  const all = overview.federations.map((federation) =>
    drawFederation(federation, of(sites, federation.id), of(invitations, federation.id), act),
  );
  byId("federations").replaceChildren(...all);
  document.querySelectorAll("details").forEach((details, i) => (details.open = open[i] ?? false));
  if (focused) [...document.querySelectorAll("#federations :is(button, input, select)")].find((b) => mark(b) === focused)?.focus();
}

/** Whether somebody is making an invitation: what they write must not change under their hands. */
function isWriting() {
  const form = document.activeElement?.closest("form.invite");
  return form?.querySelector("input")?.value ? true : document.activeElement?.tagName === "SELECT";
}
/** The time until a deadline changes all the time, and is not shown. */
const withoutTime = (part) => JSON.parse(JSON.stringify(part, (key, value) => (key === "deadline_in_ms" ? undefined : value)));
/** What tells a control from the others, so that the focus stays on it when it is drawn anew. */
const mark = (node) => node?.id || node?.getAttribute?.("aria-label") || "";

function drawHealth({ is_ready, reason, store_bytes, damaged, program }) {
  const health = byId("health");
  health.className = is_ready ? "good" : "bad";
  health.textContent = is_ready ? `Ready · store ${bytes(store_bytes)} · version ${program}` : `Not ready: ${reason}`;
  byId("damage").hidden = !damaged.length;
  byId("damage-rows").replaceChildren(...damaged.map((row) => element("li", {}, row)));
}

async function readAudit() {
  for (;;) {
    const rows = await server.auditRows(audit.last);
    if (!rows.length) break;
    audit.last = rows.at(-1).number;
    audit.rows = [...audit.rows, ...rows].slice(-AUDIT_ROWS_SHOWN);
  }
  const cells = (row) => [row.number, time(row.at_ms ?? row.at), row.actor, row.federation ?? "-", row.kind, row.detail];
  const lines = audit.rows.toReversed().map((row) =>
    element("tr", {}, ...cells(row).map((text) => element("td", {}, String(text)))),
  );
  byId("audit-rows").replaceChildren(...lines);
}

/** Does something, then draws anew; says what went wrong. */
async function act(doing) {
  try {
    await doing();
    showProblem("");
    await look();
  } catch (problem) {
    failed(problem);
  }
}

function failed(problem) {
  if (problem instanceof server.Problem && problem.status === 401) {
    showSignedIn(false);
    return;
  }
  showProblem(problem instanceof Error ? problem.message : String(problem));
}

function showProblem(text) {
  byId("problem").textContent = text;
  byId("problem").hidden = !text;
}

function showSignedIn(isSignedIn) {
  byId("sign-in").hidden = isSignedIn;
  byId("signed-in").hidden = !isSignedIn;
  byId("sign-out").hidden = !isSignedIn;
  if (!isSignedIn) byId("health").textContent = "";
}

byId("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const input = /** @type {HTMLInputElement} */ (byId("credential"));
  try {
    await server.signIn(input.value);
    input.value = "";
    showProblem("");
    await look();
    byId("main").focus();
  } catch (problem) {
    showProblem(problem instanceof server.Problem && problem.status === 401 ? "This is not the operator's credential." : problem.message);
    input.select();
  }
});
byId("sign-out").addEventListener("click", async () => {
  await server.signOut().catch(failed);
  // Nothing of what was shown stays in this tab.
  location.reload();
});
byId("audit-check").addEventListener("click", () =>
  act(async () => {
    byId("audit-outcome").textContent = "Reading…";
    const { is_whole, rows, head, reason } = await server.auditCheck();
    byId("audit-outcome").className = is_whole ? "good" : "bad";
    byId("audit-outcome").textContent = is_whole ? `Whole: ${rows} rows, head ${head}` : `Not whole: ${reason}`;
  }),
);

(async function keepLooking() {
  if (!document.hidden) await look().catch(failed);
  setTimeout(keepLooking, LOOK_EVERY_MS);
})();
