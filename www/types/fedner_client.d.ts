// What the wasm modules export to the worker, and where the page's build says that they are. They are not part of a
// bare checkout, so the page is type-checked against this description of them. The objects that they take and return are
// in engine_objects.d.ts, which is made from the Rust types.

declare module "*/modules.js" {
  /** The address of each module's script; `null` for one that is not built yet. */
  export const MODULES: Record<"cpu" | "cpu_relaxed" | "files", string> & Record<"webgpu" | "masking" | "encoder" | "encoder_relaxed", string | null>;
}

declare namespace Fedner {
  /** What the script of the file formats exports. */
  interface FilesPackage {
    /** Fetches the module, compiling it while it arrives, and starts it. */
    default(): Promise<unknown>;
    /**
     * Reads files that belong together (brat has two a note; a .zip is opened); null lets the files say their format.
     */
    importFiles(
      files: Fedner.InputFile[],
      format: Fedner.FormatName | null,
      columns: Fedner.TableColumns | null,
      onProgress: (done: number, total: number) => void,
    ): Fedner.Imported;
    /** Writes documents as one file, a .zip where the format makes several. */
    exportNotes(format: Fedner.FormatName, documents: Fedner.ExportDocument[]): Fedner.Exported;
  }

  /** What the script of secure aggregation's cryptography exports. States, views and messages are JSON as bytes. */
  interface MaskingPackage {
    /** Fetches the module, compiling it while it arrives, and starts it. */
    default(): Promise<unknown>;
    /** What to do next in an attempt, given where it stands. `state` is there where it has changed: store it first. */
    next(
      state: Uint8Array | undefined,
      federation: string,
      round: number,
      attempt: number,
      view: Uint8Array,
      entropy: Uint8Array,
    ): {
      kind: "sign" | "send" | "wait" | "mask" | "out" | "refuse";
      statement?: string;
      message?: Uint8Array;
      reason?: string;
      state?: Uint8Array;
      /** The identity key of each site that was met. */
      peers: Record<string, Uint8Array<ArrayBuffer>>;
    };
    /** The message with this site's keys, given the signature of the statement. */
    keysMessage(state: Uint8Array, signature: Uint8Array): Uint8Array;
    /** Nothing where other numbers were masked in this attempt. */
    mask(
      state: Uint8Array,
      view: Uint8Array,
      levels: number,
      values: Int32Array,
    ): { bits: number; bytes: Uint8Array; sites: number; sites_min: number; state?: Uint8Array } | undefined;
  }

  /** What each of the engine's scripts exports. */
  interface Package {
    /** Fetches the module, compiling it while it arrives, and starts it. */
    default(): Promise<unknown>;
    Engine: typeof Engine;
  }

  class Engine {
    private constructor();
    /** Where the GPU that is asked for can't be used, the engine computes on the CPU and its device says why. */
    static create(request: DeviceRequest, onEvent: (event: Fedner.EngineEvent) => void): Promise<Engine>;
    device(): Fedner.Device;
    selfCheck(): Promise<Fedner.SelfCheck>;
    /** Of both devices; only the module for the GPU has it. */
    timeSteps(): Promise<Fedner.StepTimes>;
    /** A text's tokens, and which of its entities a flat tagger trains on. */
    examine(text: string, entities: Fedner.Entity[]): Fedner.Examined;
    /**
     * The model's entities and its uncertainty for many texts, also while it is trained. Progress comes as events; a
     * later call, or cancel("assess"), ends an earlier one, which answers with the documents it has done. A model with a
     * pretrained encoder needs what that has read.
     */
    assess(documents: Fedner.TextDocument[], read?: Fedner.Read | null): Promise<Fedner.Assessment[]>;
    /** How far two annotation sets agree; documents are matched by their ids. */
    agreement(a: Fedner.AnnotatedDocument[], b: Fedner.AnnotatedDocument[]): Promise<Fedner.Agreement>;
    loadCorpus(corpus: Fedner.Corpus): Fedner.CorpusSummary;
    /** What has changed of the corpus that was loaded; where it does not fit that one, all must be loaded anew. */
    updateCorpus(change: Fedner.CorpusChange): Fedner.CorpusSummary;
    train(options: Fedner.TrainInput): Promise<Fedner.Trained>;
    /**
     * Trains the present model on in the background: a short run over the loaded corpus, told by "learning" and
     * "learned" events alone. It counts as a run: cancel() ends it, and train or participate are busy until then.
     */
    learn(options: Fedner.LearnInput): Promise<Fedner.Learned>;
    /** Enrols without taking part: an invitation can be accepted before there are notes. */
    enrol(options: Fedner.EnrolInput): Promise<Fedner.Participation>;
    /** `masking` does secure aggregation's cryptography, where a federation asks for it. */
    participate(options: Fedner.ParticipateInput, masking: object): Promise<Fedner.Participated>;
    /** Which words the newest update gives away that this engine has sent; null where it has sent none. */
    leakTest(): Fedner.LeakReport | null;
    /** Ends the run (training, learning or participation), or what is named, after the step under way. */
    cancel(operation?: Fedner.Operation): void;
    evaluate(): Promise<Fedner.Scores | null>;
    predict(text: string, read?: Fedner.Read | null): Promise<Fedner.Prediction>;
    /** The pretrained encoder of the model in use. */
    encoder(): Fedner.PretrainedEncoder | null;
    /** Ids of the notes to train and score on that an encoder has not read. */
    unread(encoder: Fedner.PretrainedEncoder): string[];
    /** Gives notes their words' vectors. */
    setVectors(encoder: Fedner.PretrainedEncoder, ids: string[], vectors: Int8Array[]): void;
    hasModel(): boolean;
    /** The model in use as one file. */
    save(): Promise<Uint8Array>;
    /** Everything to go on from as one file: what trains, and the models that are kept beside it. */
    checkpoint(): Promise<Uint8Array>;
    /** Which model is used from now on; also while the site takes part in a federation. */
    useModel(choice: Fedner.ModelChoice): void;
    /** The model with its card and what is needed to use it outside, as a .zip; load() takes it. */
    exportModel(about: Fedner.ExportModelInput): Promise<Fedner.ExportedFile>;
    /** Takes in a saved model: a bare checkpoint or the .zip of exportModel(). */
    load(bytes: Uint8Array): Fedner.Restored;
    /** Goes on from a checkpoint. */
    restore(bytes: Uint8Array): Fedner.Restored;
  }
}

declare namespace Fedner {
  /** What the script of the encoders' module exports. */
  interface ReaderPackage {
    default(): Promise<unknown>;
    Reader: typeof Reader;
  }

  /** An encoder that is ready to read. The constructor throws a string where the bytes are no pack. */
  class Reader {
    constructor(pack: Uint8Array);
    /** The SHA-256 of the pack's bytes. */
    pack(): string;
    /** Elements of a word's vector. */
    width(): number;
    /** The vectors of each text's words. */
    read(texts: string[]): Int8Array[];
    free(): void;
  }

  /** What an encoder made of texts: an array a text. */
  interface Read {
    encoder: PretrainedEncoder;
    vectors: Int8Array[];
  }

  /** What a person has chosen to compute on. */
  type DeviceChoice = "auto" | "webgpu" | "cpu";

  interface InputFile {
    name: string;
    bytes: Uint8Array;
  }

  /** A file to hand to the person. */
  interface ExportedFile extends Omit<WrittenFile, "problems"> {
    bytes: Uint8Array;
  }

  interface Exported extends ExportedFile, WrittenFile {}

  interface Examined extends ExaminedEntities {
    /** Start and end of each token, one pair after the other. */
    tokens: Uint32Array;
  }

  /** "run" is training, learning or participation. */
  type Operation = "run" | "assess";

  /** What the page asks its worker; the worker adds the site's identity. */
  type Enrol = Required<Omit<EnrolInput, "identity">>;

  /** What the page asks its worker; the worker adds the site's identity. */
  type Participate = Required<Omit<ParticipateInput, "identity">>;

  type StepEvent = Omit<Extract<CoreEvent, { kind: "step" }>, "words"> & {
    /** Null until two steps were timed. */
    words_per_s: number | null;
  };

  type ScoresEvent = Extract<CoreEvent, { kind: "scores" }>;
  type RoundEvent = Extract<CoreEvent, { kind: "round" }>;
  type LearnedEvent = Extract<CoreEvent, { kind: "learned" }>;

  type EngineEvent =
    | StepEvent
    | Exclude<CoreEvent, { kind: "step" }>
    | EnrolledEvent
    | LedgerEvent
    | { kind: "checkpoint"; bytes: Uint8Array };
}
