// Reads the strings in a script, for tests: those between quotes, and templates, in which each value is a NUL.

/** Characters before a slash that begins a regular expression. */
const BEFORE_PATTERN = /[(,=:[!&|?{};]\s*$|\b(?:return|typeof|case)\s*$|^\s*$/u;

/**
 * @param {string} script
 * @returns {{text: string, line: number, before: string}[]} `before`: the code on the same line in front of it
 */
export function literalsOf(script) {
  const reader = new Reader(script);
  reader.code(() => false);
  return reader.found;
}

class Reader {
  /** @type {{text: string, line: number, before: string}[]} */
  found = [];
  #script;
  #at = 0;

  /** @param {string} script */
  constructor(script) {
    this.#script = script;
  }

  /** Reads code until a closing brace that nothing in it has opened, or the end. @param {(sign: string) => boolean} isEnd */
  code(isEnd) {
    let depth = 0;
    while (this.#at < this.#script.length) {
      const sign = this.#script[this.#at] ?? "";
      if (depth === 0 && isEnd(sign)) return;
      if (sign === "{") depth += 1;
      if (sign === "}") depth -= 1;
      if (sign === "/" && this.#skipped()) continue;
      if (sign === '"' || sign === "'") this.#quoted(sign);
      else if (sign === "`") this.#template();
      else this.#at += 1;
    }
  }

  /** Skips a comment or a regular expression; false: the slash divides. */
  #skipped() {
    const rest = this.#script.slice(this.#at, this.#at + 2);
    if (rest === "//" || rest === "/*") {
      const end = this.#script.indexOf(rest === "//" ? "\n" : "*/", this.#at + 2);
      this.#at = end < 0 ? this.#script.length : end + (rest === "//" ? 0 : 2);
      return true;
    }
    if (!BEFORE_PATTERN.test(this.#before())) return false;
    const pattern = /^\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/u.exec(this.#script.slice(this.#at));
    if (!pattern) return false;
    this.#at += pattern[0].length;
    return true;
  }

  /** @param {string} quote */
  #quoted(quote) {
    const [from, before] = [this.#at, this.#before()];
    for (this.#at += 1; this.#script[this.#at] !== quote; this.#at += 1) {
      if (this.#script[this.#at] === "\\") this.#at += 1;
      if (this.#at >= this.#script.length) throw new Error("a string does not end");
    }
    this.#at += 1;
    this.found.push({ text: this.#script.slice(from + 1, this.#at - 1), line: this.#line(from), before });
  }

  #template() {
    const [from, before] = [this.#at, this.#before()];
    let text = "";
    this.#at += 1;
    while (this.#script[this.#at] !== "`") {
      if (this.#at >= this.#script.length) throw new Error("a template does not end");
      if (this.#script.startsWith("${", this.#at)) {
        this.#at += 2;
        this.code((sign) => sign === "}");
        text += "\u0000";
      } else {
        if (this.#script[this.#at] === "\\") this.#at += 1;
        text += this.#script[this.#at];
      }
      this.#at += 1;
    }
    this.#at += 1;
    this.found.push({ text, line: this.#line(from), before });
  }

  /** The code in front, on this line. */
  #before() {
    return this.#script.slice(this.#script.lastIndexOf("\n", this.#at - 1) + 1, this.#at);
  }

  /** @param {number} at */
  #line(at) {
    return this.#script.slice(0, at).split("\n").length;
  }
}
