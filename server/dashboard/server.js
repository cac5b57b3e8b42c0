// What is asked of the server. The session is in a cookie that no script can read.

const BASE = "/api/v1/admin";

/** An answer that is a problem document, or none at all. */
export class Problem extends Error {
  /** @param {number} status @param {string} detail */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body] sent as JSON
 * @returns {Promise<Response>}
 */
async function ask(method, path, body) {
  const headers = { "x-called-by": "dashboard", ...(body === undefined ? {} : { "content-type": "application/json" }) };
  let response;
  try {
    response = await fetch(BASE + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Problem(0, "The server can't be reached.");
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => null);
  throw new Problem(response.status, problem?.detail ?? `The server answered with status ${response.status}.`);
}

const json = async (path) => (await ask("GET", path)).json();
const id = encodeURIComponent;

export const signIn = (credential) => ask("POST", "/session", { credential });
export const signOut = () => ask("DELETE", "/session");
export const overview = () => json("/overview");
export const sites = () => json("/sites");
export const invitations = () => json("/invitations");
export const auditCheck = () => json("/audit/check");
/** The rows after a number, oldest first, some hundred at most. */
export const auditRows = (after) => json(`/audit?after=${after}`);
export const setPaused = (federation, paused) =>
  ask("POST", `/federations/${id(federation)}/${paused ? "pause" : "resume"}`);
export const invite = async (federation, name, days) =>
  (await ask("POST", "/invitations", { federation, name, expires_in_s: days * 86400 })).json();
export const revokeInvitation = (invitation) => ask("DELETE", `/invitations/${id(invitation)}`);
export const revokeSite = (site, discard) => ask("DELETE", `/sites/${id(site)}?discard_updates=${discard}`);
/** The link as a picture. */
export const qrCode = async (link) => (await ask("POST", "/qr-code", { link })).text();
/** Where a version can be downloaded. */
export const modelPath = (federation, version) => `${BASE}/federations/${id(federation)}/models/${version}`;
