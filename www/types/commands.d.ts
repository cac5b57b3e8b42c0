// What people ask for, and the bus that carries it from the page's controls to whoever does it.

declare namespace Page {
  type Direction = "next" | "previous" | "next-undone" | "most-useful";

  /** What a person asks for, by the page's controls. */
  interface Commands {
    "add-text": string;
    "add-sample": string;
    /** Several at once are several steps to undo. */
    edit: Edit;
    /** Choose a mark of a note and show it. */
    "show-mark": NoteMark;
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
    /** The label is for terms without one. */
    "add-terms": { content: string; label: string };
    "add-term-file": { file: File; label: string };
    /** Null: all of them. */
    "remove-terms": Term[] | null;
    "import-preannotations": File;
    "remove-preannotations": null;
    "check-marks": null;
    /** By the model's word, or by people's. */
    "settle-doubt": { doubt: Doubt; model: boolean };
    "set-only-notes": boolean;
    "open-view": View;
    "set-panes": Partial<Panes>;
    /** The report of the last import has been read. */
    "close-report": null;
    "set-device": Fedner.DeviceChoice;
    "self-check": null;
    train: number | null;
    /** Go on with what a reload has cut off, or forget it. */
    "finish-training": null;
    "drop-training": null;
    join: { federation: string; invitation: string };
    "invitation-declined": null;
    "join-confirmed": null;
    "join-declined": null;
    resume: null;
    /** What is on this device, and what the server offers. */
    "look-for-encoders": null;
    "choose-model": Encoders.Choice;
    /** The answers to the question whether to fetch the encoder that is offered. */
    "fetch-encoder": null;
    "decline-encoder": null;
    "take-encoder-file": File;
    "remove-encoder": string;
    "stop-encoder": null;
    "set-resume": boolean;
    "set-baseline": boolean;
    cancel: null;
    "try-text": string;
    "download-model": null;
    "download-previous": null;
    "load-model": File;
    "use-model": Fedner.ModelChoice;
    "export-ledger": null;
    "test-leak": null;
    "switch-workspace": string;
    /** With this passphrase. */
    "back-up": string;
    restore: { file: File; passphrase: string };
    "workspace-task": { kind: "delete" } | { kind: "rename"; to: string } | { kind: "forget" } | { kind: "erase-all" };
    "look-at-storage": null;
    /** Load the newer version of the page. */
    "take-version": null;
    "choose-language": LanguageCode;
    "ask-to-persist": null;
    dismiss: number;
    act: Remedy;
    "add-files": { files: File[]; format: Fedner.FormatName | null; columns: Fedner.TableColumns | null; left_out: number };
    "stop-import": null;
    "export-notes": { format: Fedner.FormatName; which: ExportWhich };
    "export-model": null;
    "set-help": Partial<Pick<Settings, "assess" | "blind" | "learn" | "learn_after" | "accept_above">>;
    "set-status": { note: string; status: NoteStatus };
    learn: null;
    compare: File[];
    /** The marks of the notes just added are compared with those of the same texts that were there. */
    "compare-same": SameText[];
    "compare-go": number;
    "compare-close": null;
    adjudicate: Choice;
    "set-list": Partial<ListView>;
    go: Direction;
  }

  interface Bus {
    emit<K extends keyof Commands>(command: K, detail: Commands[K]): void;
    on<K extends keyof Commands>(command: K, handler: (detail: Commands[K]) => void | Promise<void>): void;
  }

  /** What a part of the page is given. */
  interface Context {
    store: Store;
    bus: Bus;
  }
}
