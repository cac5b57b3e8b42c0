// The page's own data: what the store holds, what travels on the bus and between page and worker.

declare namespace Page {
  /** How a note came to be training or held-out: "auto" follows the page's choice. */
  type Split = "auto" | "training" | "held-out";

  /** "suggested": a model has marked it and nobody has looked at it yet. */
  type NoteStatus = "new" | "suggested" | "in-work" | "done";

  interface Note {
    id: string;
    file: string;
    name: string;
    text: string;
    entities: Fedner.Entity[];
    /** Suggestions that were turned down: they do not come back. */
    rejected: Fedner.Entity[];
    /** False: plain text nobody has labelled. It is never trained on or scored: its entities are not known. */
    labelled: boolean;
    split: Split;
    held_out: boolean;
    order: number;
    status: NoteStatus;
    comment: string;
    /** The model's, 0 to 1; null while it was not asked. */
    uncertainty: number | null;
  }

  interface LabelDefinition {
    name: string;
    /** Its place in the palette. */
    colour: number;
    /** The key that marks with it; empty where it has none. */
    key: string;
    /** Guidelines: what is to be marked with it. */
    description: string;
    /** Whether it is trained on. */
    on: boolean;
  }

  /** What is wanted of a label; the rest is chosen or stays. */
  type LabelWish = Partial<LabelDefinition> & { name: string };

  /** With the number of entities that have it. */
  interface Label extends LabelDefinition {
    training: number;
    held_out: number;
  }

  interface NoteSpan {
    note: string;
    span: Fedner.Entity;
  }

  /** What people do to notes and labels. Each can be undone. */
  type Edit =
    | { kind: "span-add"; note: string; span: Fedner.Entity }
    | { kind: "span-remove"; note: string; span: Fedner.Entity }
    /** Other borders, another label, or both. */
    | { kind: "span-change"; note: string; span: Fedner.Entity; to: Fedner.Entity }
    /** Repeats of a string. */
    | { kind: "spans-add"; spans: NoteSpan[] }
    | { kind: "suggestions-accept"; spans: NoteSpan[] }
    | { kind: "suggestions-reject"; spans: NoteSpan[] }
    /** The final set of a note that two people have marked; it is done once every disagreement is settled. */
    | { kind: "adjudicate"; note: string; entities: Fedner.Entity[]; decisions: Decisions; done: boolean }
    | { kind: "status"; notes: string[]; status: NoteStatus }
    | { kind: "comment"; note: string; comment: string }
    | { kind: "notes-remove"; notes: string[] }
    | { kind: "label-create"; label: LabelWish }
    | { kind: "label-change"; name: string; to: Partial<Omit<LabelDefinition, "name">> }
    /** Into a name that is there already only if `merge` says so. */
    | { kind: "label-rename"; name: string; to: string; merge: boolean }
    /** Its spans get another label, or go with it when `spans_to` is null. */
    | { kind: "label-remove"; name: string; spans_to: string | null }
    | { kind: "label-move"; name: string; to: number }
    /** Known names take over colour, key and description; new ones are added. */
    | { kind: "labels-import"; labels: LabelWish[] };

  /** In a list, `removed` at a place gives way to `added`. */
  interface Splice<T> {
    at: number;
    removed: T[];
    added: T[];
  }

  type NoteMarks = Pick<Note, "labelled" | "status" | "comment" | "decisions">;

  interface NoteChange {
    id: string;
    entities: Splice<Fedner.Entity> | null;
    rejected: Splice<Fedner.Entity> | null;
    marks: { before: Partial<NoteMarks>; after: Partial<NoteMarks> } | null;
  }

  /** An edit as it came out: what is there before and after, and so its own exact inverse. */
  interface Change {
    notes: NoteChange[];
    labels: Splice<LabelDefinition> | null;
    taken_out: Note[];
    put_back: Note[];
  }

  /** What edits change. */
  interface Work {
    documents: Note[];
    labels: LabelDefinition[];
  }

  interface EditRecord {
    id: number;
    /** For people: “mark “aspirin” as DRUG”. */
    title: string;
    /** The note to show when it is undone or done again. */
    note: string | null;
    change: Change;
    bytes: number;
  }

  interface EditHistory {
    records: EditRecord[];
    /** So many of them are in force; the others were undone and can be done again. */
    done: number;
  }

  interface ImportProblem {
    file: string;
    line: number | null;
    message: string;
  }

  interface Failure {
    code: string;
    message: string;
    hint: string;
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
    min_sites: number;
    received: number;
    deadline_at_ms: number | null;
    cancelling: boolean;
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

  type MessageAction =
    | "restart-engine"
    | "download-checkpoint"
    | "store-again"
    | "join-anew"
    | "go-on"
    | "reload"
    | "use-cpu";

  interface Message extends Failure {
    id: number;
    time_ms: number;
    /** Told already, but kept in the list of errors. */
    dismissed: boolean;
    actions: MessageAction[];
  }

  interface Notice {
    time_ms: number;
    message: string;
  }

  interface Settings {
    /** Only the notes are shown, over the whole window. */
    only_notes: boolean;
    device: Fedner.DeviceChoice;
    epochs: number;
    federation: string;
    /** When joining was confirmed, after being told what leaves the device. */
    consent_ms: number | null;
    /** The federation this workspace takes part in, until it leaves or the federation is done. */
    participating: string | null;
    /** Go on by itself after a reload. */
    resume: boolean;
  }

  interface Model {
    labels: string[];
    version: number;
    rounds: number;
    steps: number;
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

  interface Trial {
    pending: boolean;
    text: string;
    entities: Fedner.Suggestion[] | null;
    tokens: number;
  }

  /** Sent to the federation it names and to no other. */
  interface Invitation {
    federation: string;
    secret: string;
  }

  /** What the server says that the invitation is for. */
  interface Invited {
    federation: string;
    federation_name: string;
    /** Whom the operator has invited. */
    name: string;
    expires_at_ms: number;
  }

  /** Where the annotator is in the selected note: the selection, snapped to tokens, and the span chosen in it. */
  interface Cursor {
    note: string;
    start: number;
    end: number;
    span: Fedner.Entity | null;
    /** The span is the model's suggestion. */
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

  interface State {
    ready: boolean;
    engine: "starting" | "up" | "down" | "off";
    workspace: string;
    workspaces: string[];
    writable: boolean;
    /** What the last try to store left in memory only; each is settled by its own kind of write. */
    notes_unstored: boolean;
    checkpoint_unstored: boolean;
    samples: Sample[];
    documents: Note[];
    labels: LabelDefinition[];
    edits: EditHistory;
    import_report: string | null;
    import_problems: ImportProblem[];
    selected: string | null;
    cursor: Cursor | null;
    /** The label that every selection is marked with at once. */
    sticky: string | null;
    examined: Examination | null;
    suggest: boolean;
    suggestions: Record<string, Suggestions>;
    /** Grows whenever the model has changed, so that older suggestions are asked for again. */
    model_turn: number;
    /** `left_out`: labelled notes beyond what a tab trains on. */
    corpus: (Fedner.CorpusSummary & { left_out: number }) | null;
    settings: Settings;
    device: Fedner.Device | null;
    checking: boolean;
    has_model: boolean;
    has_previous: boolean;
    model: Model | null;
    checkpoint_ms: number | null;
    run: Run;
    progress: Progress;
    enrolled: string[];
    invitation: Invitation | null;
    /** Set while an invitation can be accepted. */
    invited: Invited | null;
    consent_asked: boolean;
    ledger: Ledger;
    trial: Trial;
    messages: Message[];
    notices: Notice[];
  }

  type Action =
    | { type: "restored"; stored: Partial<State> }
    | { type: "patch"; patch: Partial<State> }
    | { type: "settings"; settings: Partial<Settings> }
    | { type: "notes-added"; notes: Note[]; problems: ImportProblem[]; report: string }
    | { type: "edit"; edit: Edit }
    | { type: "undo" }
    | { type: "redo" }
    | { type: "split-set"; id: string; held_out: boolean }
    | { type: "engine-event"; event: Fedner.EngineEvent; session: string; now_ms: number }
    | { type: "run-started"; kind: "training" | "participating"; now_ms: number }
    | { type: "run-ended" }
    | { type: "assessed"; turn: number; assessments: Fedner.Assessment[] }
    | { type: "learnt"; notes: string[]; text: string; scores: Fedner.Scores | null; now_ms: number }
    | { type: "model-changed"; patch: Partial<State> }
    | { type: "failed"; failure: Failure; actions: MessageAction[]; now_ms: number }
    | { type: "dismissed"; id: number }
    | { type: "noticed"; message: string; now_ms: number };

  interface Store {
    get(): State;
    dispatch(action: Action): void;
    /** Called after every change, with the new and the old state. */
    subscribe(listener: (state: State, before: State) => void): () => void;
    /** Called at most once a frame, and first at once; for drawing. */
    draw(listener: (state: State) => void): void;
  }

  /** What people ask for, as told by the page's parts. */
  interface Wishes {
    "add-text": string;
    "add-sample": string;
    /** Several at once are several steps to undo. */
    edit: Edit;
    /** Choose a span of a note and show it. */
    "show-span": NoteSpan;
    /** A key of the table in state/annotate/keys.js; each part does those that are its own. */
    command: string;
    undo: null;
    redo: null;
    "set-split": { id: string; held_out: boolean };
    select: string;
    suggest: boolean;
    /** Mark what is selected with it, or else keep it for all that follows. */
    "use-label": string;
    "import-labels": File;
    "set-only-notes": boolean;
    "set-device": Fedner.DeviceChoice;
    "self-check": null;
    train: number;
    join: { federation: string; invitation: string };
    "invitation-declined": null;
    "join-confirmed": null;
    "join-declined": null;
    resume: null;
    "set-resume": boolean;
    cancel: null;
    "try-text": string;
    "download-model": null;
    "download-previous": null;
    "load-model": File;
    "export-ledger": null;
    "switch-workspace": string;
    dismiss: number;
    act: MessageAction;
  }

  interface Bus {
    emit<K extends keyof Wishes>(wish: K, detail: Wishes[K]): void;
    on<K extends keyof Wishes>(wish: K, handler: (detail: Wishes[K]) => void | Promise<void>): void;
  }

  /** What a part of the page is given. */
  interface Context {
    store: Store;
    bus: Bus;
  }

  /** What the worker tells about itself with every answer. */
  interface EngineFacts {
    has_model: boolean;
    /** There is a checkpoint of an earlier model, set aside when another one took its place. */
    has_previous: boolean;
  }

  /** What a training step took on both devices; `of` names the adapter and the module it was measured with. */
  interface DeviceTimes extends Fedner.StepTimes {
    of: string;
    adapter: string;
  }

  /** What came of getting the GPU ready: a device to change to, unless it is the CPU or `slower` says that the GPU is. */
  interface Prepared {
    device: Fedner.Device;
    times: DeviceTimes | null;
    slower: string | null;
  }

  interface StartOptions {
    workspace: string;
    device: Fedner.DeviceChoice;
    times: DeviceTimes | null;
    writable: boolean;
    checkpoint: Uint8Array | null;
  }

  interface Started {
    device: Fedner.Device;
    /** There is a GPU that could be used instead; `prepareGpu` gets it ready. */
    better_device: boolean;
    restored: Model | null;
    restore_failure: Failure | null;
  }

  interface EngineCalls {
    start: { args: [StartOptions]; result: Started };
    prepareGpu: { args: [DeviceTimes | null]; result: Prepared };
    formats: { args: []; result: Fedner.FormatInfo[] };
    importFiles: { args: [Fedner.InputFile[], Fedner.FormatName | null]; result: Fedner.Imported };
    exportNotes: { args: [Fedner.FormatName, Fedner.ExportDocument[]]; result: Fedner.Exported };
    examine: { args: [string, Fedner.Entity[]]; result: Fedner.Examined };
    assess: { args: [Fedner.TextDocument[]]; result: Fedner.Assessment[] };
    agreement: { args: [Fedner.AnnotatedDocument[], Fedner.AnnotatedDocument[]]; result: Fedner.Agreement };
    loadCorpus: { args: [Fedner.Corpus]; result: Fedner.CorpusSummary };
    updateCorpus: { args: [Fedner.CorpusChange]; result: Fedner.CorpusSummary };
    train: { args: [{ epochs: number; seed: number }]; result: Fedner.Trained };
    learn: { args: [{ seed: number }]; result: Fedner.Learned };
    enrol: { args: [Fedner.Enrol]; result: Fedner.Participation };
    participate: { args: [Fedner.Participate]; result: Fedner.Participated };
    cancel: { args: [Fedner.Operation?]; result: null };
    evaluate: { args: []; result: Fedner.Scores | null };
    predict: { args: [string]; result: Fedner.Prediction };
    selfCheck: { args: []; result: Fedner.SelfCheck };
    save: { args: []; result: Uint8Array };
    exportModel: { args: [{ name: string; date: string }]; result: Fedner.ExportedFile };
    restore: { args: [Uint8Array]; result: Model };
    previousCheckpoint: { args: []; result: Uint8Array | null };
    lastCheckpoint: { args: []; result: Uint8Array | null };
    storeCheckpoint: { args: []; result: null };
    device: { args: []; result: Fedner.Device };
  }

  /** Worker to page. */
  type WorkerMessage =
    | { id: number; result: unknown; facts: EngineFacts }
    | { id: number; failure: Failure }
    | { event: Exclude<Fedner.EngineEvent, { kind: "checkpoint" }> }
    | { has_previous: true }
    | { checkpoint_stored: { bytes: number; time_ms: number } }
    | { checkpoint_unstored: { failure: Failure } }
    | { crashed: Failure }
    | { stray: Failure };

  interface Engine {
    call<K extends keyof EngineCalls>(name: K, ...args: EngineCalls[K]["args"]): Promise<EngineCalls[K]["result"]>;
    start(options: StartOptions): Promise<Started>;
    /** Gets an engine for the GPU ready in a worker of its own, beside the one in use. */
    prepareGpu(times: DeviceTimes | null): Promise<Prepared>;
    /**
     * Once no call is under way, the prepared worker takes the place of the one in use, with its newest checkpoint.
     * Calls made meanwhile wait, then go to the new one. `onChange` is told when nothing can go to the old one any more.
     */
    takeOver(options: Omit<StartOptions, "checkpoint">, onChange: () => void): Promise<Started>;
    /** The newest checkpoint of the worker, also when its engine has died; null when it has none or does not answer. */
    lastCheckpoint(): Promise<Uint8Array | null>;
  }
}
