// What changes the state, and the store that holds it.

declare namespace Page {
  /** What has happened. `reduce` decides what follows, and ignores what no longer applies. */
  type Action = WorkspaceAction | NoteAction | TermAction | DoubtAction | FileAction | EngineAction | ModelAction | FederationAction | MessageAction | Encoders.Action;

  type WorkspaceAction =
    | { type: "workspace-read"; stored: Partial<State> }
    /** Another tab works in this workspace. */
    | { type: "workspace-open-elsewhere" }
    /** Nothing can be stored: the database did not open. */
    | { type: "database-missing" }
    | { type: "notes-stored" }
    | { type: "notes-unstored" }
    | { type: "settings-changed"; settings: Partial<Settings> }
    /** A newer version of the page is here and can be loaded. */
    | { type: "version-found" }
    | { type: "language-chosen"; language: LanguageCode }
    /** What came of a backup or a restoring. */
    | { type: "keeping-told"; text: Said | null }
    | ({ type: "storage-looked-at" } & NonNullable<Keeping["storage"]>);

  type NoteAction =
    | { type: "notes-added"; notes: Note[] }
    | { type: "edit"; edit: Edit }
    | { type: "undo" }
    | { type: "redo" }
    | { type: "split-set"; id: string; held_out: boolean }
    | { type: "note-opened"; id: string }
    | { type: "note-examined"; examination: Examination }
    | { type: "cursor-moved"; cursor: Cursor | null }
    /** Null: no label is used for every selection any more. */
    | { type: "label-kept"; name: string | null }
    | { type: "list-changed"; change: Partial<ListView> }
    /** Null: there is no search. */
    | { type: "notes-searched"; result: SearchResult | null };

  type TermAction =
    | { type: "terms-set"; terms: Term[] }
    | { type: "terms-found"; turn: number; notes: { id: string; matches: Uint32Array }[] }
    /** What of the list could not be used. */
    | { type: "terms-unusable"; turn: number; problems: Said[] }
    /** These notes are gone. */
    | { type: "terms-forgotten"; notes: string[] }
    /** Null: they are removed. */
    | { type: "preannotations-set"; preannotations: Preannotations | null };

  /** Importing, exporting, and comparing with another person's file. */
  type FileAction =
    | { type: "samples-found"; samples: Sample[] }
    | { type: "import-progressed"; file: string; read: number; total: number }
    | { type: "import-stopping" }
    | { type: "import-finished"; report: Said; problems: ImportProblem[]; files: Fedner.Imported["files"]; same: SameText[]; changed: SameText[] }
    | { type: "same-text-kept" }
    | { type: "changed-text-kept" }
    /** It has been read, or its time is over. */
    | { type: "import-report-closed" }
    | { type: "export-opened" }
    | { type: "export-started" }
    | { type: "export-finished"; result: ExportResult }
    | { type: "export-failed" }
    | { type: "comparison-started" }
    | { type: "comparison-finished"; comparison: Comparison }
    | { type: "comparison-failed" }
    | { type: "comparison-closed" }
    | { type: "disagreement-opened"; at: number };

  type EngineAction =
    | { type: "engine-starting" }
    /** An engine is there, on this device and with this model; it is not ready before `engine-ready`. */
    | { type: "engine-started"; device: Device; model: Model | null }
    | { type: "engine-ready" }
    | { type: "engine-down" }
    | ({ type: "engine-facts" } & EngineFacts)
    | { type: "engine-event"; event: Fedner.EngineEvent; session: string; now_ms: number }
    | { type: "device-found"; device: Device }
    /** The device stays as it is, and this is why. */
    | { type: "device-kept"; reason: Said }
    | { type: "self-check-started" }
    | { type: "self-check-finished"; device: Device }
    | { type: "self-check-failed" }
    /** Null: there is nothing to train on. */
    | { type: "corpus-changed"; corpus: State["corpus"] };

  type ModelAction =
    | { type: "checkpoint-stored"; time_ms: number }
    | { type: "checkpoint-unstored" }
    | { type: "model-loaded"; model: Model }
    | { type: "model-chosen"; choice: Fedner.ModelChoice }
    /** Another model has taken its place. */
    | { type: "model-set-aside" }
    | { type: "suggestions-shown"; shown: boolean }
    | { type: "assessed"; turn: number; assessments: Fedner.Assessment[] }
    | { type: "learning-started" }
    | { type: "learning-ended" }
    | { type: "learnt"; notes: string[]; text: Said; scores: Fedner.Scores | null; now_ms: number }
    | { type: "trial-started" }
    | { type: "trial-finished"; text: string; entities: Fedner.Suggestion[]; tokens: number }
    | { type: "trial-failed" };

  type FederationAction =
    | { type: "run-started"; kind: "training" | "participating"; now_ms: number }
    | { type: "run-cancelling" }
    | { type: "run-ended" }
    /** Null: none was given. */
    | { type: "invitation-given"; invitation: Invitation | null }
    | { type: "invitation-checked"; invitation: Invitation; invited: Invited }
    /** Used, refused or declined: it is forgotten. */
    | { type: "invitation-ended"; federation: string }
    | { type: "consent-asked"; offer: Offer | null }
    | { type: "consent-given"; now_ms: number }
    | { type: "consent-declined" }
    | { type: "enrolments-changed"; federations: string[] }
    | { type: "participation-started"; federation: string }
    | { type: "participation-finished"; version: number }
    | { type: "participation-ended" }
    /** Other sites of a federation were met, with secure aggregation. */
    | { type: "peers-met"; peers: Peers }
    | { type: "leak-test-started" }
    /** Null: no update was sent since the engine was started. */
    | { type: "leak-test-finished"; report: Fedner.LeakReport | null }
    | { type: "leak-test-failed" };

  type MessageAction =
    | { type: "failed"; failure: Failure; actions: Remedy[]; now_ms: number }
    | { type: "dismissed"; id: number }
    | { type: "noticed"; message: Said; now_ms: number };

  /** What each kind of action makes of the state. */
  type Reducers<A extends Action> = { [K in A["type"]]: (state: State, action: Extract<A, { type: K }>) => State };

  interface Store {
    get(): State;
    dispatch(action: Action): void;
    /** Called after every change, with the new and the old state. */
    subscribe(listener: (state: State, before: State) => void): () => void;
    /** Called at most once a frame, and first at once; for drawing. */
    draw(listener: (state: State) => void): void;
  }
}
