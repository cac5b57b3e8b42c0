// The tokens of the open note: the engine's, or the browser's own words while those are not known. Long texts have
// tens of thousands, so they are counted once a text, and the browser's only when somebody needs them.

import { browserTokens, uncut } from "../../state/annotate/tokens.js";

/** @typedef {import("../../state/annotate/tokens.js").Tokens} Tokens */

export class NoteTokens {
  /** @type {string | null} */
  #text = null;
  /** @type {Tokens | null} */
  #tokens = null;
  #from_engine = false;

  /** @returns {Tokens} */
  get all() {
    this.#tokens ??= this.#text === null ? new Uint32Array() : uncut(this.#text, browserTokens(this.#text));
    return this.#tokens;
  }

  /**
   * @param {string | null} text of the open note
   * @param {Page.Examination | null} examined
   * @returns {boolean} whether there are other tokens now
   */
  take(text, examined) {
    const known = text !== null && examined?.text === text ? examined.tokens : null;
    if (text === this.#text && (known !== null) === this.#from_engine) return false;
    this.#text = text;
    this.#from_engine = known !== null;
    this.#tokens = text !== null && known ? uncut(text, known) : null;
    return true;
  }
}
