// What the wasm package exports to the worker. The package is built into ./pkg and is not part of a bare checkout,
// so the page is type-checked against this description of it. Offsets count UTF-16 code units.

declare module "*/pkg/fedner_client.js" {
  export default function init(): Promise<unknown>;

  export class Engine {
    static create(choice: Fedner.DeviceChoice, onEvent: (event: Fedner.EngineEvent) => void): Promise<Engine>;
    device(): Fedner.Device;
    selfCheck(): Promise<Fedner.SelfCheck>;
    importNotes(file_name: string, bytes: Uint8Array): Fedner.Imported;
    loadCorpus(corpus: Fedner.Corpus): Fedner.CorpusSummary;
    train(options: { epochs: number; seed: number }): Promise<Fedner.Trained>;
    participate(options: Fedner.Participate): Promise<Fedner.Participated>;
    cancel(): void;
    evaluate(): Promise<Fedner.Scores | null>;
    predict(text: string): Promise<Fedner.Prediction>;
    hasModel(): boolean;
    save(): Promise<Uint8Array>;
    restore(bytes: Uint8Array): Fedner.Restored;
  }
}

declare namespace Fedner {
  type DeviceChoice = "auto" | "webgpu" | "cpu";

  interface SelfCheck {
    agrees: boolean;
    tolerance: number;
    loss: [number, number];
    differences: { tensor: string; what: "gradient" | "parameter"; largest: number; scale: number }[];
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

  interface Imported {
    format: "conll" | "text";
    documents: { name: string; text: string; entities: Entity[] }[];
    labels: string[];
    problems: { line: number; message: string }[];
  }

  interface Corpus {
    documents: { id: string; text: string; entities: Entity[]; held_out: boolean }[];
    labels: string[];
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

  /** A site's enrolment. It holds the site's credential: it is kept on this device and shown nowhere. */
  interface Participation {
    server: string;
    federation: string;
    site: string;
    credential: string;
  }

  interface Participate {
    server: string;
    federation: string;
    invitation: string | null;
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
    | "downloading"
    | "training"
    | "uploading"
    | "waiting-for-merge"
    | "merged"
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

  type EngineEvent =
    | StepEvent
    | ScoresEvent
    | RoundEvent
    | LedgerEvent
    | { kind: "enrolled"; participation: Participation }
    | { kind: "checkpoint"; bytes: Uint8Array }
    | { kind: "notice"; message: string }
    | ReplacedEvent;
}
