// What the store holds.

declare namespace Page {
  /** Everything the page knows. It is changed by actions alone. */
  interface State {
    /** "off": this tab only shows the workspace, which is open in another one. */
    engine: "starting" | "up" | "down" | "off";
    /** What the page speaks. */
    language: LanguageCode;
    workspace: string;
    workspaces: string[];
    writable: boolean;
    /** Whether the last write of the notes, or of the model, has failed; each is reset by its own kind of write. */
    notes_unstored: boolean;
    checkpoint_unstored: boolean;
    settings: Settings;

    notes: Note[];
    labels: LabelDefinition[];
    edits: EditHistory;
    /** The open note. */
    selected: string | null;
    cursor: Cursor | null;
    /** The label that every selection is marked with at once. */
    sticky: string | null;
    /** The workspace's terminology, and what of it stands in the notes. */
    terms: Term[];
    term_search: TermSearch;
    /** What another program has marked. */
    preannotations: Preannotations | null;
    doubts: Doubts;
    examined: Examination | null;
    list: ListView;
    /** Null: there is no search. */
    search: SearchResult | null;
    /** Grows whenever the list is to be sorted again. */
    list_turn: number;

    samples: Sample[];
    importing: Importing | null;
    import_report: Said | null;
    import_problems: ImportProblem[];
    /** How many problems there were; only the first are kept. */
    import_problem_count: number;
    import_files: Fedner.Imported["files"];
    /** Notes of the last import whose text was there already with other marks, until somebody settles it. */
    import_same: SameText[];
    /** Notes of the last import that have the name of a note that was there and a corrected text, until somebody settles it. */
    import_changed: SameText[];
    exporting: boolean;
    exported: ExportResult | null;
    comparison: Comparison | null;
    /** The disagreement that is shown. */
    compare_at: number;
    comparing: boolean;

    device: Device | null;
    /** The self-check is running. */
    checking: boolean;
    has_model: boolean;
    /** The pretrained encoder of the model in use. */
    encoder: Fedner.PretrainedEncoder | null;
    encoders: Encoders.State;
    /** A model that another one has replaced is kept. */
    has_previous: boolean;
    model: Model | null;
    /** The site's own model and the federation's; null before there is one. */
    models: Fedner.Models | null;
    checkpoint_ms: number | null;
    /** Grows whenever the model has changed, so that older suggestions are asked for again. */
    model_turn: number;
    /** `left_out`: labelled notes beyond what a tab trains on. */
    corpus: (Fedner.CorpusSummary & { left_out: number }) | null;
    /** Suggestions are shown. */
    suggest: boolean;
    suggestions: Record<string, Suggestions>;
    learning: Learning;
    trial: Trial;
    run: Run;
    progress: Progress;

    /** The federations this workspace is enrolled in. */
    enrolled: string[];
    invitation: Invitation | null;
    /** Set while an invitation can be accepted. */
    invited: Invited | null;
    consent_asked: boolean;
    /** What the federation that is asked about would send; null where its server does not say. */
    offer: Offer | null;
    ledger: Ledger;
    /** The sites met with secure aggregation, by federation. */
    peers: Record<string, Peers["sites"]>;
    leak_test: { running: boolean; done: boolean; report: Fedner.LeakReport | null };

    messages: Message[];
    notices: Notice[];
    keeping: Keeping;
    /** A newer version of the page can be loaded. */
    newer_version: boolean;
  }

  /** How the workspace is kept as a whole. */
  interface Keeping {
    told: Said | null;
    /** `persisted`: whether the browser has promised to keep what is stored; null where it does not say. */
    storage: { persisted: boolean | null; usage: number; quota: number } | null;
  }

  type View = "notes" | "compare" | "training" | "model" | "left";

  /** The epoch that training was in, from 1, of how many. */
  interface Unfinished {
    epoch: number;
    epochs: number;
  }

  interface Panes {
    list: number | null;
    labels: number | null;
  }

  /** What is kept of a person's choices in a workspace. */
  interface Settings {
    /** The view that was shown last. */
    view: View;
    /** Widths of the panes beside the text, in rem; null: as wide as the style sheet says. */
    panes: Panes;
    /** Only the notes are shown, over the whole window. */
    only_notes: boolean;
    device: Fedner.DeviceChoice;
    /** Passes of *Train here*; null: until the model stops getting better. */
    epochs: number | null;
    /** At the end of a federation a model is trained on the own notes alone, to compare. */
    baseline: boolean;
    federation: string;
    /** Training that is under way, or that a reload has cut off. */
    unfinished: Unfinished | null;
    /** When joining was confirmed, after the page had said what leaves the device; by federation. */
    consents: Record<string, number>;
    /** The federations that were joined with the promise that updates are masked. */
    masked_only: string[];
    /** As earlier versions of the page kept it: once for all federations. */
    consent_ms: number | null;
    /** The federation this workspace takes part in, until it leaves or the federation is finished. */
    participating: string | null;
    /** Taking part is resumed after a reload. */
    resume: boolean;
    /** The model looks at all notes in the background. */
    assess: boolean;
    /** Suggestions are hidden until a note is done. */
    blind: boolean;
    /** The model learns in the background whenever `learn_after` more notes are done. */
    learn: boolean;
    learn_after: number;
    /** Suggestions with at least this confidence, 0 to 1, are accepted together. */
    accept_above: number;
    /** Which model is used where the site takes part in a federation. */
    model_choice: Fedner.ModelChoice;
    /** The kind of model that the next training alone makes; null: that of the model in use. */
    encoder_choice: Encoders.Choice | null;
  }

  /** Where the annotator is in the selected note: the selection, snapped to tokens, and the mark chosen in it. */
  interface Cursor {
    note: string;
    start: number;
    end: number;
    mark: Fedner.Entity | null;
    /** The mark is the model's suggestion. */
    suggested: boolean;
  }

  /** What the engine says of one text with these entities; without tokens when it could not be asked. */
  interface Examination {
    text: string;
    entities: Fedner.Entity[];
    tokens: Uint32Array | null;
    trained: boolean[];
    reasons: (string | null)[];
  }

  interface ImportProblem {
    file: Said;
    line: number | null;
    message: Said;
  }

  /** An import under way. */
  interface Importing {
    /** The file it is at, and how many are read. */
    file: string;
    read: number;
    total: number;
    stopping?: boolean;
  }

  /** Which notes are exported. */
  type ExportWhich = "all" | "done" | "listed";

  /** An export as it came out. */
  interface ExportResult {
    name: string;
    notes: number;
    bytes: number;
    problems: { document: string; message: Said }[];
  }

  interface Sample {
    id: string;
    name: string;
    description: string;
    labels: string[];
    train: string;
    held_out: string;
  }

  interface Suggestions {
    turn: number;
    entities: Fedner.Suggestion[];
  }

  /** Learning in the background from what people have done. */
  interface Learning {
    running: boolean;
    step: number;
    steps: number;
    /** The notes finished since the model last learnt. */
    since: string[];
    /** What came of it the last time. */
    result: Said | null;
  }

  interface Trial {
    pending: boolean;
    text: string;
    entities: Fedner.Suggestion[] | null;
    tokens: number;
  }

  interface Run {
    kind: "idle" | "training" | "participating";
    phase: string;
    round: number;
    version: number;
    step: number;
    steps: number;
    epoch: number;
    epochs: number;
    loss: number | null;
    words_per_s: number;
    present: number;
    /** Rounds of the whole federation; 0 before they are known. */
    rounds: number;
    min_sites: number;
    received: number;
    /** When the first step that counts towards the time left was taken, and which one it was. */
    began: { time_ms: number; step: number } | null;
    /** About how long the steps that are left will take; null while that isn't known. */
    left_ms: number | null;
    deadline_at_ms: number | null;
    cancelling: boolean;
  }

  interface Loss {
    step: number;
    loss: number;
  }

  interface HistoryEntry {
    when: Fedner.ScoresEvent["when"];
    round: number;
    epoch: number;
    step: number;
    loss: number | null;
    f1: number;
    time_ms: number;
  }

  interface Progress {
    total_steps: number;
    losses: Loss[];
    /** Every how many steps a loss is kept; doubles when the list is full. */
    stride: number;
    history: HistoryEntry[];
    scores_start: Fedner.Scores | null;
    scores_latest: Fedner.Scores | null;
  }

  /** Sent to the federation it names and to no other. */
  interface Invitation {
    federation: string;
    secret: string;
  }

  /** What the server says that the invitation is for. */
  /** What taking part in a federation would send, as its server says it (`Offer` in the protocol). */
  interface Offer {
    federation_name: string;
    is_masked: boolean;
    quorum: number;
    rounds: number;
    update_bytes: number;
  }

  interface Invited {
    federation: string;
    federation_name: string;
    /** Whom the operator has invited. */
    name: string;
    expires_at_ms: number;
  }

  interface LedgerEntry {
    key: string;
    id: number | string;
    time_ms: number;
    method: string;
    path: string;
    status: number;
    bytes_sent: number;
    bytes_received: number;
    tensors: string[];
    what: string;
    /** Of an update; earlier versions of the page noted nothing. */
    protection?: Fedner.Protection | null;
  }

  interface Totals {
    requests: number;
    bytes_sent: number;
    bytes_received: number;
  }

  interface Ledger {
    entries: LedgerEntry[];
    /** The sums of entries that were too old to be kept one by one. */
    folded: Totals;
  }

  type Remedy =
    | "restart-engine"
    | "download-checkpoint"
    | "store-again"
    | "join-anew"
    | "go-on"
    | "reload"
    | "use-cpu"
    | "get-encoder";

  interface Message extends Failure {
    id: number;
    time_ms: number;
    /** Shown already, but kept in the list of errors. */
    dismissed: boolean;
    actions: Remedy[];
  }

  interface Notice {
    time_ms: number;
    message: Said;
  }
}
