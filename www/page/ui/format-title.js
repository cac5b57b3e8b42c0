// What a file format is called: most by a name of their own, the others in the language in use.

import { text } from "../language/language.js";

/** @param {Fedner.FormatInfo} format */
export function formatTitle({ name, title }) {
  return name === "text" || name === "table" ? text(`format.${name}`) : title;
}
