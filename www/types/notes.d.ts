// The list of notes, bringing notes in and taking them out, the model's help with labelling, and comparing two annotators.

declare namespace Page {
  /** Where a search looks. */
  type SearchScope = "text" | "entities" | "comments";
  type NoteSort = "order" | "name" | "uncertainty";

  /** What of the notes the list shows, and in which order. */
  interface ListView {
    search: string;
    scope: SearchScope;
    status: NoteStatus | "any";
    split: "any" | "training" | "held-out" | "unlabelled";
    /** Only notes that hold an entity with this label. */
    label: string | null;
    sort: NoteSort;
  }

  /** What a search has found so far. */
  interface SearchResult {
    found: Set<string>;
    searched: number;
    done: boolean;
  }

  /** An import under way. */
  interface Importing {
    /** The file it is at, and how many are read. */
    file: string;
    read: number;
    total: number;
    stopping?: boolean;
  }

  /** An export as it came out. */
  interface ExportResult {
    name: string;
    notes: number;
    bytes: number;
    problems: Fedner.Exported["problems"];
  }

  /** Which notes are exported. */
  type ExportWhich = "all" | "done" | "listed";

  /** Learning in the background from what people have done. */
  interface Learning {
    running: boolean;
    step: number;
    steps: number;
    /** The notes finished since the model last learnt. */
    since: string[];
    /** What came of it the last time. */
    told: string | null;
  }

  /** How a disagreement is settled. */
  type Choice = "mine" | "theirs" | "neither" | "both";

  /** A note that both sets hold, with the spans of both as they were when they were compared. */
  interface ComparedNote {
    id: string;
    mine: Fedner.Entity[];
    theirs: Fedner.Entity[];
  }

  /** The own notes compared with another person's. What is decided is kept with the notes. */
  interface Comparison {
    id: string;
    /** The other set. */
    name: string;
    pairs: ComparedNote[];
    agreement: Fedner.Agreement;
    left_out: { name: string; message: string }[];
    problems: Fedner.Imported["problems"];
  }

  /** What was decided about the disagreements in a note. */
  interface Decisions {
    comparison: string;
    choices: Record<string, Choice>;
  }

  interface Note {
    /** Null until a disagreement was settled in it. */
    decisions: Decisions | null;
  }

  interface Settings {
    /** The model looks at all notes in the background. */
    assess: boolean;
    /** Its suggestions are hidden until a note is done. */
    blind: boolean;
    /** The model learns in the background, each time so many notes were done. */
    learn: boolean;
    learn_after: number;
    /** Suggestions with at least this confidence are accepted all at once; 0 to 1. */
    accept_above: number;
  }

  interface State {
    importing: Importing | null;
    import_files: Fedner.Imported["files"];
    /** How many problems there were; only the first are kept. */
    import_problem_count: number;
    formats: Fedner.FormatInfo[];
    exporting: boolean;
    exported: ExportResult | null;
    learning: Learning;
    comparison: Comparison | null;
    /** The disagreement in hand. */
    compare_at: number;
    comparing: boolean;
    list: ListView;
    /** Null: nothing is searched for. */
    search: SearchResult | null;
    /** Grows when the list should be put in order anew. */
    list_turn: number;
  }

  type Direction = "next" | "previous" | "next-undone" | "most-useful";

  interface Wishes {
    "add-files": { files: File[]; format: Fedner.FormatName | null; left_out: number };
    "stop-import": null;
    "export-notes": { format: Fedner.FormatName; which: ExportWhich };
    "export-model": null;
    "set-help": Partial<Pick<Settings, "assess" | "blind" | "learn" | "learn_after" | "accept_above">>;
    "set-status": { note: string; status: NoteStatus };
    learn: null;
    compare: File[];
    "compare-go": number;
    "compare-close": null;
    adjudicate: Choice;
    "set-list": Partial<ListView>;
    go: Direction;
  }
}
