// The workspace as a whole: reading it, storing it, and its settings.

/** @type {Page.Reducers<Page.WorkspaceAction>} */
export const workspaceReducers = {
  "workspace-read": (state, { stored }) => ({ ...state, ...stored }),
  "workspace-open-elsewhere": (state) => ({ ...state, engine: "off" }),
  "database-missing": (state) => ({ ...state, notes_unstored: true, checkpoint_unstored: true }),
  "notes-stored": (state) => ({ ...state, notes_unstored: false }),
  "notes-unstored": (state) => ({ ...state, notes_unstored: true }),
  "settings-changed": (state, { settings }) => ({ ...state, settings: { ...state.settings, ...settings } }),
  "language-chosen": (state, { language }) => ({ ...state, language }),
  "version-found": (state) => ({ ...state, newer_version: true }),
  "keeping-told": (state, { text }) => ({ ...state, keeping: { ...state.keeping, told: text } }),
  "storage-looked-at": (state, { persisted, usage, quota }) => ({ ...state, keeping: { ...state.keeping, storage: { persisted, usage, quota } } }),
};
