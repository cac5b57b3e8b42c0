// The language somebody has chosen by hand. It holds for the browser, not for a workspace.

const KEY = "fedner-language";

/** What was chosen before, then what the browser asks for, in its order. @returns {(string | null)[]} */
export function wantedLanguages() {
  return [rememberedLanguage(), ...navigator.languages];
}

/** @param {Page.LanguageCode} code */
export function rememberLanguage(code) {
  try {
    localStorage.setItem(KEY, code);
  } catch {
    // Storage not allowed: it is chosen again after a reload.
  }
}

function rememberedLanguage() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
