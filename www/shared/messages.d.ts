// The messages between the page and the worker.

declare namespace Page {
  interface StartOptions {
    workspace: string;
    device: Fedner.DeviceChoice;
    times: DeviceTimes | null;
    writable: boolean;
    checkpoint: Uint8Array | null;
    /** Which model the person wants to use. */
    choice: Fedner.ModelChoice;
  }

  /** What the engine computes on, and why. */
  interface Device extends Omit<Fedner.Device, "reason"> {
    reason: Said;
  }

  interface Started {
    device: Device;
    /** There is a GPU that could be used instead; `prepareGpu` gets it ready. */
    better_device: boolean;
    restored: Model | null;
    restore_failure: Failure | null;
  }

  /** What a training step took on both devices; `of` names the adapter and the module it was measured with. */
  interface DeviceTimes extends Fedner.StepTimes {
    of: string;
    adapter: string;
  }

  /** What came of getting the GPU ready: a device to change to, unless it is the CPU or `slower` says that the GPU is. */
  interface Prepared {
    device: Device;
    times: DeviceTimes | null;
    slower: Said | null;
  }

  interface EngineCalls {
    start: { args: [StartOptions]; result: Started };
    prepareGpu: { args: [DeviceTimes | null]; result: Prepared };
    examine: { args: [string, Fedner.Entity[]]; result: Fedner.Examined };
    /** What an encoder made of the texts is added on the way, where the model has one. */
    assess: { args: [Fedner.TextDocument[]]; result: Fedner.Assessment[] };
    /** Ids of the notes that an encoder has not read. */
    unread: { args: [Fedner.PretrainedEncoder]; result: string[] };
    setVectors: { args: [Fedner.PretrainedEncoder, string[], Int8Array[]]; result: null };
    agreement: { args: [Fedner.AnnotatedDocument[], Fedner.AnnotatedDocument[]]; result: Fedner.Agreement };
    loadCorpus: { args: [Fedner.Corpus]; result: Fedner.CorpusSummary };
    updateCorpus: { args: [Fedner.CorpusChange]; result: Fedner.CorpusSummary };
    train: { args: [Fedner.TrainInput]; result: Fedner.Trained };
    learn: { args: [Fedner.LearnInput]; result: Fedner.Learned };
    enrol: { args: [Fedner.Enrol]; result: Fedner.Participation };
    participate: { args: [Fedner.Participate]; result: Fedner.Participated };
    leakTest: { args: []; result: Fedner.LeakReport | null };
    cancel: { args: [Fedner.Operation?]; result: null };
    evaluate: { args: []; result: Fedner.Scores | null };
    predict: { args: [string]; result: Fedner.Prediction };
    selfCheck: { args: []; result: Fedner.SelfCheck };
    save: { args: []; result: Uint8Array };
    useModel: { args: [Fedner.ModelChoice]; result: null };
    exportModel: { args: [{ name: string; date: string }]; result: Fedner.ExportedFile };
    restore: { args: [Uint8Array]; result: Model };
    previousCheckpoint: { args: []; result: Uint8Array | null };
    lastCheckpoint: { args: []; result: Uint8Array | null };
    storeCheckpoint: { args: []; result: null };
    device: { args: []; result: Device };
  }

  /** What the worker reports about itself with every answer. */
  interface EngineFacts {
    has_model: boolean;
    /** There is a checkpoint of an earlier model, set aside when another one took its place. */
    has_previous: boolean;
    /** The pretrained encoder of the model in use. */
    encoder: Fedner.PretrainedEncoder | null;
  }

  /** The sites that this one has met in a federation, by the identity keys that it has pinned at first sight. */
  interface Peers {
    federation: string;
    sites: { site: string; fingerprint: string; own: boolean }[];
  }

  interface Model {
    labels: string[];
    version: number;
    rounds: number;
    steps: number;
    models: Fedner.Models;
  }

  interface Failure {
    code: string;
    message: Said;
    hint: Said;
    /** The encoder that must read the texts first, where that is what is missing. */
    encoder?: Fedner.PretrainedEncoder;
  }

  /** Worker to page. */
  type WorkerMessage =
    | { id: number; result: unknown; facts: EngineFacts }
    | { id: number; failure: Failure }
    | { event: Exclude<Fedner.EngineEvent, { kind: "checkpoint" }> }
    | { has_previous: true }
    | { peers: Peers }
    | { checkpoint_stored: { bytes: number; time_ms: number } }
    | { checkpoint_unstored: { failure: Failure } }
    | { crashed: Failure }
    | { stray: Failure };
}
