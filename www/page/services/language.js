// Changes the language: everything is drawn again, and nothing else happens.

import { rememberLanguage } from "../browser/language.js";
import { useLanguage } from "../language/language.js";

/** @param {Page.Context} context */
export function languageService({ store, bus }) {
  bus.on("choose-language", (language) => {
    useLanguage(language);
    rememberLanguage(language);
    store.dispatch({ type: "language-chosen", language });
  });
}
