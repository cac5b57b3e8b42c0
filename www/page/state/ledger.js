// The ledger of requests: one entry a request, replaced when its answer is known.

/** Entries kept one by one; the sums of older ones are kept. */
export const LEDGER_ENTRIES_MAX = 5000;

/** @type {Page.Ledger} */
export const EMPTY_LEDGER = { entries: [], folded: { requests: 0, bytes_sent: 0, bytes_received: 0 } };

/**
 * The ledger's key of an engine's request: engines number their requests from the start.
 * @param {string} session
 * @param {number | string} id
 */
export function ledgerKey(session, id) {
  return `${session}:${id}`;
}

/**
 * Adds a request, or its answer.
 * @param {Page.Ledger} ledger
 * @param {Page.LedgerEntry} entry
 * @param {number} [limit]
 * @returns {Page.Ledger}
 */
export function record(ledger, entry, limit = LEDGER_ENTRIES_MAX) {
  // The request that is answered is nearly always among the newest.
  const at = ledger.entries.findLastIndex((known) => known.key === entry.key);
  if (at >= 0) return { ...ledger, entries: ledger.entries.with(at, entry) };
  const entries = [...ledger.entries, entry];
  let folded = ledger.folded;
  while (entries.length > limit) {
    const oldest = /** @type {Page.LedgerEntry} */ (entries.shift());
    folded = plus(folded, oldest);
  }
  return { entries, folded };
}

/**
 * @param {Page.Ledger} ledger
 * @returns {Page.Totals & {lost: number, tensors: string[]}}
 */
export function totals(ledger) {
  const sum = ledger.entries.reduce(plus, ledger.folded);
  const tensors = new Set(ledger.entries.filter((e) => e.method === "PUT").flatMap((e) => e.tensors));
  const lost = ledger.entries.filter((e) => e.status === 0).length;
  return { ...sum, lost, tensors: [...tensors].sort() };
}

/**
 * The round that a request belongs to: its update, and the model that came of it. 0: what comes before the first round;
 * null: none, such as enrolling and listening.
 * @param {Page.LedgerEntry} entry
 * @returns {number | null}
 */
export function roundOf({ path }) {
  const found = /\/(?:rounds|models)\/(\d+)(?:\/|$)/.exec(path);
  return found ? Number(found[1]) : null;
}

/**
 * Requests that follow one another and belong together, with their sums.
 * @param {Page.LedgerEntry[]} entries
 * @returns {{round: number | null, entries: Page.LedgerEntry[], totals: Page.Totals}[]}
 */
export function byRound(entries) {
  /** @type {{round: number | null, entries: Page.LedgerEntry[]}[]} */
  const groups = [];
  for (const entry of entries) {
    const round = roundOf(entry);
    const last = groups.at(-1);
    if (last && last.round === round) last.entries.push(entry);
    else groups.push({ round, entries: [entry] });
  }
  return groups.map((group) => ({ ...group, totals: group.entries.reduce(plus, EMPTY_LEDGER.folded) }));
}

/**
 * @param {Page.Totals} sum
 * @param {{bytes_sent: number, bytes_received: number}} entry
 * @returns {Page.Totals}
 */
function plus(sum, entry) {
  return {
    requests: sum.requests + 1,
    bytes_sent: sum.bytes_sent + entry.bytes_sent,
    bytes_received: sum.bytes_received + entry.bytes_received,
  };
}
