// Requests that the page itself makes of the server, before an engine takes part. Each is recorded in the ledger, as the
// engine's are.

/** Longest wait for the server's answer. */
const ANSWER_WAIT_MS = 20_000;

/**
 * Posts JSON and gives the answer, whether the server has agreed or not.
 * @typedef {(request: {path: string, body: object, what: string}) => Promise<{ok: boolean, answer: any}>} Ask
 */

/**
 * @param {Page.Store} store
 * @param {string} server
 * @returns {Ask}
 */
export function askingService(store, server) {
  /** The requests are numbered. */
  let asked = 0;
  const session = `page-${Date.now().toString(36)}`;

  return async ({ path, body, what }) => {
    const text = JSON.stringify(body);
    asked += 1;
    const entry = { kind: /** @type {const} */ ("ledger"), id: asked, time_ms: Date.now(), method: "POST", path, status: 0 };
    const sizes = { bytes_sent: new TextEncoder().encode(text).length, bytes_received: 0, tensors: [], protection: null, what };
    /** @param {object} more */
    const recordRequest = (more) => store.dispatch({ type: "engine-event", event: { ...entry, ...sizes, ...more }, session, now_ms: Date.now() });
    recordRequest({});
    const response = await fetch(server + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: text,
      credentials: "omit",
      cache: "no-store",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(ANSWER_WAIT_MS),
    });
    const answer = await response.text();
    recordRequest({ status: response.status, bytes_received: new TextEncoder().encode(answer).length });
    return { ok: response.ok, answer: JSON.parse(answer) };
  };
}
