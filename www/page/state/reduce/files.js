// Importing, exporting, and comparing with another person's file.

/** Problems kept to be read; of more than that the number is said. */
export const PROBLEMS_MAX = 1000;

/** @type {Page.Reducers<Page.FileAction>} */
export const fileReducers = {
  "samples-found": (state, { samples }) => ({ ...state, samples }),
  "import-progressed": (state, { file, read, total }) => ({ ...state, importing: { ...state.importing, file, read, total } }),
  "import-stopping": (state) => (state.importing ? { ...state, importing: { ...state.importing, stopping: true } } : state),
  "import-finished": (state, { report, problems, files: read, same, changed }) => ({
    ...state,
    importing: null,
    import_report: report,
    import_problems: problems.slice(0, PROBLEMS_MAX),
    import_problem_count: problems.length,
    import_files: read,
    import_same: same,
    import_changed: changed,
  }),
  "import-report-closed": (state) => ({ ...state, import_report: null, import_problems: [], import_problem_count: 0, import_files: [] }),
  "same-text-kept": (state) => ({ ...state, import_same: [] }),
  "changed-text-kept": (state) => ({ ...state, import_changed: [] }),
  "export-opened": (state) => ({ ...state, exported: null }),
  "export-started": (state) => ({ ...state, exporting: true, exported: null }),
  "export-finished": (state, { result }) => ({ ...state, exporting: false, exported: result }),
  "export-failed": (state) => ({ ...state, exporting: false }),
  "comparison-started": (state) => ({ ...state, comparing: true }),
  "comparison-finished": (state, { comparison }) => ({ ...state, comparison, compare_at: 0, comparing: false }),
  "comparison-failed": (state) => ({ ...state, comparing: false }),
  "comparison-closed": (state) => ({ ...state, comparison: null, compare_at: 0, comparing: false }),
  "disagreement-opened": disagreementOpened,
};

/**
 * @param {Page.State} state
 * @param {{at: number}} action beyond either end, it is the one at that end
 * @returns {Page.State}
 */
function disagreementOpened(state, { at }) {
  const last = (state.comparison?.agreement.disagreements.length ?? 0) - 1;
  return last < 0 ? state : { ...state, compare_at: Math.min(Math.max(at, 0), last) };
}
