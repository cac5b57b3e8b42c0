// Text in rows and cells: CSV, TSV, and lists with a semicolon.

/**
 * Rows of cells with the lines in which they begin; empty lines and those that begin with # are none.
 * @param {string} content
 * @param {string | null} separator null: every line is one cell
 * @param {number} [most] rows that are read
 */
export function rowsOf(content, separator, most = Number.POSITIVE_INFINITY) {
  /** @type {{line: number, cells: string[]}[]} */
  const rows = [];
  let line = 1;
  let at = 0;
  while (at < content.length && rows.length < most) {
    const begun = line;
    /** @type {string[]} */
    const cells = [];
    for (;;) {
      const cell = cellAt(content, at, separator);
      line += cell.text.split("\n").length - 1;
      cells.push(cell.text);
      at = cell.end;
      if (separator === null || content[at] !== separator) break;
      at += 1;
    }
    // The end of the line: LF, CRLF or a lone CR.
    at += content.startsWith("\r\n", at) ? 2 : 1;
    line += 1;
    if (cells.some((cell) => cell.trim() !== "") && !cells[0]?.startsWith("#")) rows.push({ line: begun, cells });
  }
  return rows;
}

/**
 * The cell that begins here, in quotes where it holds a separator, and where it ends. A regular expression may hold a comma.
 * @param {string} content
 * @param {number} at
 * @param {string | null} separator
 */
function cellAt(content, at, separator) {
  const quoted = separator === null ? null : /"(?:[^"]|"")*"(?=[ ]*(?:[\t,;|\r\n]|$))/uy;
  if (quoted) {
    quoted.lastIndex = at;
    const found = quoted.exec(content);
    if (found) return { text: found[0].slice(1, -1).replace(/""/gu, '"'), end: endOf(content, quoted.lastIndex, separator) };
  }
  const pattern = /\/[^\r\n\t]+?\/[a-z]*(?=[\t,;\r\n]|$)/uy;
  pattern.lastIndex = at;
  const expression = pattern.exec(content);
  if (expression) return { text: expression[0], end: pattern.lastIndex };
  const end = endOf(content, at, separator);
  return { text: content.slice(at, end), end };
}

/**
 * @param {string} content
 * @param {number} from
 * @param {string | null} separator
 */
function endOf(content, from, separator) {
  let end = from;
  while (end < content.length && content[end] !== "\n" && content[end] !== "\r" && content[end] !== separator) end += 1;
  return end;
}

/**
 * The first rows of a table, by the separator that parts the first of them into most cells.
 * @param {string} content
 * @param {number} most
 * @returns {string[][]}
 */
export function firstRows(content, most) {
  const plain = content.replace(/^\u{feff}/u, "");
  const parted = ["\t", ",", ";", "|"].map((separator) => rowsOf(plain, separator, most).map(({ cells }) => cells));
  return parted.reduce((best, rows) => ((rows[0]?.length ?? 0) > (best[0]?.length ?? 0) ? rows : best), []);
}
