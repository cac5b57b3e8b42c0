// What people do to notes and labels, and the history of it.

declare namespace Page {
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
    notes: Note[];
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
}
