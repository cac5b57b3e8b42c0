// Pretrained encoders: packs, reading with them, and what the page knows of both.

declare namespace Page.Encoders {
  /** What a pack says of itself. */
  interface Description {
    /** The SHA-256 of its bytes. */
    pack: string;
    /** Elements of a word's vector. */
    width: number;
    name: string;
    /** As SPDX names it. */
    licence: string;
    layers: number;
    bytes: number;
    /** Its model card. */
    card: string;
  }

  /** A pack that the server offers. */
  type Listed = Omit<Description, "card">;

  /** The calls of the encoders' worker. */
  interface Calls {
    packs: { args: []; result: Here };
    fetch: { args: [{ pack: string; bytes: number; url: string }]; result: Description };
    take: { args: [File]; result: Description };
    remove: { args: [string]; result: null };
    /** The vectors of each text's words, read for this workspace; whether `stop` ends it. */
    read: { args: [string, Fedner.PretrainedEncoder, string[], boolean]; result: Int8Array[] };
    /** Words a second. */
    time: { args: [string, Fedner.PretrainedEncoder, string]; result: number };
    /** Ends fetching and reading. */
    stop: { args: []; result: null };
  }

  type FromWorker =
    | { id: number; result: unknown }
    | { id: number; failure: Failure }
    /** So many characters of a call's texts are read. */
    | { id: number; characters: number }
    | { received: { received: number; total: number } };

  /** The packs on this device. */
  interface Here {
    /** Whether they outlive this page. */
    kept: boolean;
    whole: Description[];
    /** Fetched in part. */
    parts: { pack: string; bytes: number }[];
  }

  /** Something that takes a while. */
  interface Progress {
    done: number;
    total: number;
    began_ms: number;
    /** What was there when it began. */
    from: number;
    left_ms: number | null;
  }

  /** Why a pack is asked for: a person chose it, the federation's model or the model in use needs it. */
  type Why = "chosen" | "federation" | "model";

  interface State {
    /** What the server offers; null while nobody has asked. */
    listed: Listed[] | null;
    here: Here | null;
    /** The question whether to fetch a pack. */
    offer: { encoder: Fedner.PretrainedEncoder; listed: Listed | null; why: Why } | null;
    fetching: (Progress & { pack: string }) | null;
    reading: Progress | null;
    /** Words a second on this device, by pack. */
    speeds: Record<string, number>;
  }

  /** What a person has chosen for the next training alone. */
  type Choice = { kind: "small" } | { kind: "encoder"; pack: string; width: number };

  type Action =
    | { type: "encoders-listed"; listed: Listed[] }
    | { type: "encoders-here"; here: Here }
    /** Null: it was answered. */
    | { type: "encoder-offered"; offer: State["offer"] }
    | { type: "encoder-received"; pack: string; received: number; total: number; now_ms: number }
    | { type: "encoder-fetch-ended" }
    /** A pack can be used from now on. */
    | { type: "encoder-ready" }
    | { type: "encoder-timed"; pack: string; words_per_s: number }
    | { type: "notes-read"; done: number; total: number; now_ms: number }
    | { type: "reading-ended" };
}

// Of workers only, so not among the types of the page's interfaces.

interface FileSystemSyncAccessHandle {
  read(to: ArrayBufferView, options: { at: number }): number;
  write(from: ArrayBufferView, options: { at: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

interface FileSystemFileHandle {
  /** Another one of the same file can't be open. */
  createSyncAccessHandle(): Promise<FileSystemSyncAccessHandle>;
  move(name: string): Promise<void>;
}
