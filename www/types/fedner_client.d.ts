// What the wasm modules export to the worker, and where the page's build says that they are. They are not part of a
// bare checkout, so the page is type-checked against this description of them. Offsets count UTF-16 code units.

declare module "*/modules.js" {
  /** The address of each module's script. */
  export const MODULES: Record<"cpu" | "cpu_relaxed" | "webgpu", string>;
}

declare namespace Fedner {
  /** What each script exports. */
  interface Package {
    /** Fetches the module, compiling it while it arrives, and starts it. */
    default(): Promise<unknown>;
    Engine: typeof Engine;
  }

  class Engine {
    private constructor();
    /** Where the GPU that is wished for can't be used, the engine computes on the CPU and its device says why. */
    static create(wish: DeviceWish, onEvent: (event: Fedner.EngineEvent) => void): Promise<Engine>;
    device(): Fedner.Device;
    selfCheck(): Promise<Fedner.SelfCheck>;
    /** Of both devices; only the module for the GPU has it. */
    timeSteps(): Promise<Fedner.StepTimes>;
    /** The formats that can be read and written. */
    formats(): Fedner.FormatInfo[];
    /**
     * Reads files that belong together (brat has two a note; a .zip is opened); null lets the files say their format.
     * Others get their turn between files, with events of progress; a later call, or cancel("import"), ends an earlier one.
     */
    importFiles(files: Fedner.InputFile[], format: Fedner.FormatName | null): Promise<Fedner.Imported>;
    /** Writes documents as one file, a .zip where the format makes several. */
    exportNotes(format: Fedner.FormatName, documents: Fedner.ExportDocument[]): Fedner.Exported;
    /** A text's tokens, and which of its entities a flat tagger trains on. */
    examine(text: string, entities: Fedner.Entity[]): Fedner.Examined;
    /**
     * The model's entities and its uncertainty for many texts, also while it is trained. Progress comes as events; a
     * later call, or cancel("assess"), ends an earlier one, which answers with the documents it has done.
     */
    assess(documents: Fedner.TextDocument[]): Promise<Fedner.Assessment[]>;
    /** How far two annotation sets agree; documents are matched by their ids. */
    agreement(a: Fedner.AnnotatedDocument[], b: Fedner.AnnotatedDocument[]): Promise<Fedner.Agreement>;
    loadCorpus(corpus: Fedner.Corpus): Fedner.CorpusSummary;
    /** What has changed of the corpus that was loaded; where it does not fit that one, all must be loaded anew. */
    updateCorpus(change: Fedner.CorpusChange): Fedner.CorpusSummary;
    train(options: { epochs: number; seed: number }): Promise<Fedner.Trained>;
    /**
     * Trains the present model on in the background: a short run over the loaded corpus, told by "learning" and
     * "learned" events alone. It counts as a run: cancel() ends it, and train or participate are busy until then.
     */
    learn(options: { seed: number }): Promise<Fedner.Learned>;
    /** Enrols without taking part: an invitation can be accepted before there are notes. */
    enrol(options: Fedner.Enrol & { identity: Fedner.Identity | null }): Promise<Fedner.Participation>;
    participate(options: Fedner.Participate & { identity: Fedner.Identity | null }): Promise<Fedner.Participated>;
    /** Ends the run (training, learning or participation), or what is named, after the step under way. */
    cancel(operation?: Fedner.Operation): void;
    evaluate(): Promise<Fedner.Scores | null>;
    predict(text: string): Promise<Fedner.Prediction>;
    hasModel(): boolean;
    save(): Promise<Uint8Array>;
    /** The model with its card and what is needed to use it outside, as a .zip; restore() takes it. */
    exportModel(about: { name: string; date: string }): Promise<Fedner.ExportedFile>;
    /** Takes in a saved model: a bare checkpoint or the .zip of exportModel(). */
    restore(bytes: Uint8Array): Fedner.Restored;
  }
}

declare namespace Fedner {
  type DeviceChoice = "auto" | "webgpu" | "cpu";

  /** `reason`: for people. */
  type DeviceWish = { kind: "cpu"; reason: string } | { kind: "webgpu"; adapter: string; software: boolean; reason: string };

  interface SelfCheck {
    agrees: boolean;
    tolerance: number;
    loss: [number, number];
    differences: { tensor: string; what: "gradient" | "parameter"; largest: number; scale: number }[];
  }

  /** Milliseconds of a training step. */
  interface StepTimes {
    cpu_ms: number;
    webgpu_ms: number;
  }

  interface Device {
    kind: "webgpu" | "cpu";
    name: string;
    reason: string;
    software: boolean;
    self_check: SelfCheck | null;
  }

  interface Entity {
    start: number;
    end: number;
    label: string;
  }

  interface Suggestion extends Entity {
    confidence: number;
  }

  type FormatName =
    | "text"
    | "conll"
    | "brat"
    | "doccano"
    | "label-studio"
    | "spacy"
    | "bioc-xml"
    | "bioc-json"
    | "pubtator";

  interface FormatInfo {
    name: FormatName;
    /** For people. */
    title: string;
    /** Usual endings of its files, with the dot. */
    extensions: string[];
  }

  interface InputFile {
    name: string;
    bytes: Uint8Array;
  }

  interface Imported {
    /** `detail`: which of a format's forms it has, where there are several. */
    files: { name: string; format: FormatName; detail: string | null; documents: number; spans: number }[];
    /** Without labels: a plain text, whose entities nobody has marked yet. */
    documents: { name: string; file: string; text: string; entities: Entity[]; labelled: boolean }[];
    labels: string[];
    problems: { file: string; line: number | null; message: string }[];
  }

  interface ExportDocument {
    name: string;
    text: string;
    entities: Entity[];
  }

  /** A file to hand to the person. */
  interface ExportedFile {
    /** A suggestion. */
    name: string;
    bytes: Uint8Array;
    media_type: string;
  }

  interface Exported extends ExportedFile {
    /** What the format can't say. */
    problems: { document: string; message: string }[];
  }

  interface Examined {
    /** Start and end of each token, one pair after the other. */
    tokens: Uint32Array;
    /** For each entity, in the order given: whether a flat tagger trains on it. */
    trained: boolean[];
    /** Why not, in words; null where it does. */
    reasons: (string | null)[];
  }

  interface TextDocument {
    id: string;
    text: string;
  }

  interface AnnotatedDocument extends TextDocument {
    entities: Entity[];
  }

  interface Assessment {
    id: string;
    entities: Suggestion[];
    /** 0 to 1; the higher, the more the model learns from this document's labels. 0 for a text without words. */
    uncertainty: number;
    tokens: number;
  }

  interface LabelAgreement {
    label: string;
    f1: number;
    /** Cohen's κ over tokens: inside such an entity or not. Null where neither set or all of both say so. */
    kappa: number | null;
    support_a: number;
    support_b: number;
  }

  interface Disagreement {
    id: string;
    /** Same borders or an overlap with another label is "label", an overlap with the same label is "borders". */
    kind: "only-a" | "only-b" | "label" | "borders";
    a: Entity | null;
    b: Entity | null;
  }

  interface Agreement {
    /** Strict, with a taken as the reference. */
    entity: Prf;
    by_label: LabelAgreement[];
    /** Cohen's κ over tokens, each of one label or outside. Null where it is not defined. */
    kappa: number | null;
    /** Documents that were compared. */
    documents: number;
    disagreements: Disagreement[];
    /** Documents that could not be compared, and why. */
    left_out: { id: string; message: string }[];
  }

  /** "run" is training, learning or participation. */
  type Operation = "run" | "assess" | "import";

  interface Corpus {
    documents: { id: string; text: string; entities: Entity[]; held_out: boolean }[];
    labels: string[];
  }

  /** Documents that are new or have changed, and the ids of all, in their order; the labels are the same. */
  interface CorpusChange {
    documents: Corpus["documents"];
    order: string[];
  }

  interface SplitSummary {
    sentences: number;
    tokens: number;
    entities: number;
  }

  interface CorpusSummary {
    training: SplitSummary;
    held_out: SplitSummary;
    by_label: { label: string; training: number; held_out: number }[];
    problems: { document: string; message: string }[];
  }

  interface Prf {
    precision: number;
    recall: number;
    f1: number;
  }

  interface Scores {
    strict: Prf;
    lenient: Prf;
    by_label: { label: string; strict: Prf; lenient: Prf; support: number }[];
    sentences: number;
  }

  interface Trained {
    steps: number;
    epochs: number;
    cancelled: boolean;
    scores: Scores | null;
  }

  interface Learned {
    steps: number;
    /** What it learnt from. */
    sentences: number;
    entities: number;
    cancelled: boolean;
    /** On the held-out notes, if there are any and it was not cancelled. */
    scores: Scores | null;
  }

  /** A site's enrolment. It holds the site's credential: it is kept on this device and shown nowhere. */
  interface Participation {
    server: string;
    federation: string;
    site: string;
    credential: string;
  }

  /** A public identity key with the proof that this browser has its private part (base64url). */
  interface Identity {
    public_key: string;
    signature: string;
  }

  interface Enrol {
    server: string;
    federation: string;
    invitation: string | null;
  }

  interface Participate extends Enrol {
    participation: Participation | null;
    seed: number;
  }

  interface Participated {
    rounds: number;
    version: number;
    finished: boolean;
    cancelled: boolean;
    scores: Scores | null;
  }

  interface Prediction {
    entities: Suggestion[];
    tokens: number;
  }

  interface Restored {
    labels: string[];
    version: number;
    rounds: number;
    steps: number;
  }

  interface StepEvent {
    kind: "step";
    step: number;
    steps: number;
    epoch: number;
    epochs: number;
    round: number;
    loss: number;
    /** Null until two steps were timed. */
    words_per_s: number | null;
  }

  interface ScoresEvent {
    kind: "scores";
    when: "start" | "epoch" | "round" | "end";
    epoch: number;
    round: number;
    step: number;
    scores: Scores;
  }

  type RoundPhase =
    | "enrolling"
    | "waiting"
    | "paused"
    | "downloading"
    | "training"
    | "uploading"
    | "waiting-for-merge"
    | "merged"
    | "finishing"
    | "finished";

  interface RoundEvent {
    kind: "round";
    phase: RoundPhase;
    round: number;
    version: number;
    present: number;
    min_sites: number;
    received: number;
    deadline_in_ms: number;
  }

  interface LedgerEvent {
    kind: "ledger";
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

  /** The model in hand is about to give way to a new one: other sizes, or a new private part for other labels. */
  interface ReplacedEvent {
    kind: "replaced";
    reason: string;
  }

  interface LearningEvent {
    kind: "learning";
    step: number;
    steps: number;
  }

  /** The model has learnt in the background; predictions are those of the new model from here on. */
  interface LearnedEvent extends Learned {
    kind: "learned";
  }

  interface ImportedEvent {
    kind: "imported";
    /** Files. */
    done: number;
    total: number;
  }

  interface AssessedEvent {
    kind: "assessed";
    done: number;
    total: number;
  }

  type EngineEvent =
    | StepEvent
    | LearningEvent
    | LearnedEvent
    | ImportedEvent
    | AssessedEvent
    | ScoresEvent
    | RoundEvent
    | LedgerEvent
    | { kind: "enrolled"; participation: Participation }
    | { kind: "checkpoint"; bytes: Uint8Array }
    | { kind: "notice"; message: string }
    | ReplacedEvent;
}
