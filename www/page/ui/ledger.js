// The ledger: every request of the engine, with its bytes and tensors.

import { text as words } from "../language/language.js";
import { clock, dateAndTime, size } from "../state/format.js";
import { byRound, totals } from "../state/ledger.js";
import { requestWords } from "../state/ledger-words.js";
import { protectionWords } from "../state/others.js";
import { element, part, reconcile, saidNode, setText, whenChanged } from "./dom.js";

/** Rows drawn unless all are asked for. */
const ROWS = 60;
/** Columns of the table. */
const COLUMNS = 6;

/**
 * @typedef {ReturnType<typeof byRound>[number]} Group
 * @typedef {{key: string, entry: Page.LedgerEntry} | {key: string, group: Group}} Row
 */

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountLedger(root, { store, bus }) {
  const summary = part(root, "ledger-totals");
  const body = /** @type {HTMLElement} */ (part(root, "ledger").querySelector("tbody"));
  const scroll = part(root, "ledger-scroll");
  const exports = part(root, "ledger-export", HTMLButtonElement);
  const all = part(root, "ledger-all", HTMLButtonElement);
  let limit = ROWS;

  exports.addEventListener("click", () => bus.emit("export-ledger", null));
  all.addEventListener("click", () => {
    limit = Number.POSITIVE_INFINITY;
    draw(store.get().ledger);
  });

  /** @param {Page.Ledger} ledger */
  function draw(ledger) {
    const { entries } = ledger;
    setText(summary, totalsText(ledger));
    exports.hidden = entries.length === 0;
    scroll.hidden = entries.length === 0;
    all.hidden = entries.length <= limit;
    const newest = entries.slice(-Math.min(limit, entries.length)).reverse();
    /** @type {Row[]} */
    const rows = byRound(newest).flatMap((group) => [{ key: `group ${group.entries.at(-1)?.key}`, group }, ...group.entries.map((entry) => ({ key: entry.key, entry }))]);
    reconcile(body, rows, (row) => row.key, () => element("tr"), (made, row) => ("entry" in row ? fill(made, row.entry) : head(made, row.group)));
  }
  store.draw(whenChanged((state) => [state.ledger], (_, ledger) => draw(ledger)));
}

/**
 * Above the requests of a round: which one it is, and its sums.
 * @param {HTMLElement} made
 * @param {Group} group
 */
function head(made, { round, totals: sum }) {
  const what = round === null ? words("ledger.outside") : round === 0 ? words("ledger.before") : words("status.round", { round });
  const text = words("ledger.group", { what, sent: size(sum.bytes_sent), received: size(sum.bytes_received) });
  if (made.textContent === text) return;
  const cell = element("th", {}, text);
  cell.scope = "rowgroup";
  cell.colSpan = COLUMNS;
  made.className = "group";
  made.replaceChildren(cell);
}

/** @param {Page.Ledger} ledger */
function totalsText(ledger) {
  const { requests, bytes_sent, bytes_received, lost, tensors } = totals(ledger);
  if (requests === 0) return words("ledger.nothing");
  const sentences = [words("ledger.totals", { count: requests, sent: size(bytes_sent), received: size(bytes_received) })];
  if (tensors.length > 0) sentences.push(words("ledger.from-model", { count: tensors.length }));
  if (lost > 0) sentences.push(words("ledger.lost", { count: lost }));
  return sentences.join(" ");
}

/** @type {WeakMap<HTMLElement, Page.LedgerEntry>} */
const filled = new WeakMap();

/**
 * @param {HTMLElement} row
 * @param {Page.LedgerEntry} entry
 */
function fill(row, entry) {
  if (filled.get(row) === entry) return;
  filled.set(row, entry);
  const time = element("time", {}, clock(entry.time_ms));
  time.dateTime = new Date(entry.time_ms).toISOString();
  time.title = dateAndTime(entry.time_ms);
  const what = element("td", { class: "what" }, saidNode(requestWords(entry.what)));
  const protection = protectionWords(entry);
  if (protection) what.append(element("p", { class: "small muted" }, saidNode(protection)));
  if (entry.tensors.length > 0) what.append(tensorList(entry.tensors));
  row.replaceChildren(
    element("td", {}, time),
    what,
    element("td", { class: "request" }, element("code", {}, `${entry.method} ${entry.path}`)),
    element("td", { class: "num" }, size(entry.bytes_sent)),
    element("td", { class: "num" }, size(entry.bytes_received)),
    element("td", {}, entry.status === 0 ? words("ledger.no-answer") : String(entry.status)),
  );
}

/** @param {string[]} tensors */
function tensorList(tensors) {
  const list = element("ul", {}, ...tensors.map((name) => element("li", {}, element("code", {}, name))));
  return element("details", { class: "tensors" }, element("summary", {}, words("ledger.tensors", { count: tensors.length })), list);
}
