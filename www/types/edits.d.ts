// What people do to notes and labels, and the history of it.

declare namespace Page {
  interface NoteMark {
    note: string;
    mark: Mark;
  }

  /** What people do to notes and labels. Each can be undone. */
  type Edit =
    | { kind: "mark-add"; note: string; mark: Mark }
    | { kind: "mark-remove"; note: string; mark: Fedner.Entity }
    /** Other borders, another label, or both. */
    | { kind: "mark-change"; note: string; mark: Fedner.Entity; to: Fedner.Entity }
    /** Attributes and code take the place of those it has. */
    | { kind: "mark-details"; note: string; mark: Mark; code: string; attributes: string[] }
    /** Repeats of a string. */
    | { kind: "marks-add"; marks: NoteMark[] }
    | { kind: "suggestions-accept"; marks: NoteMark[] }
    | { kind: "suggestions-reject"; marks: NoteMark[] }
    /** The final set of a note that two people have marked; it is done once every disagreement is settled. */
    | { kind: "adjudicate"; note: string; entities: Fedner.Entity[]; decisions: Decisions; done: boolean }
    | { kind: "status"; notes: string[]; status: NoteStatus }
    | { kind: "comment"; note: string; comment: string }
    | { kind: "notes-remove"; notes: string[] }
    /** Notes of the same text become one: with the marks of both, of the one added, or of the one before. */
    | { kind: "same-text"; texts: SameText[]; how: SameTextChoice }
    | { kind: "label-create"; label: NewLabel }
    | { kind: "label-change"; name: string; to: Partial<Omit<LabelDefinition, "name">> }
    /** Into a name that is there already only if `merge` says so. */
    | { kind: "label-rename"; name: string; to: string; merge: boolean }
    /** Its marks get another label, or go with it when `marks_to` is null. */
    | { kind: "label-remove"; name: string; marks_to: string | null }
    | { kind: "label-move"; name: string; to: number }
    /** Known names take over colour, key and description; new ones are added. */
    | { kind: "labels-import"; labels: NewLabel[] };

  /** Two notes of the same text and other marks, by their ids. */
  interface SameText {
    before: string;
    added: string;
  }

  type SameTextChoice = "merge" | "replace" | "keep-first";

  /** In a list, `removed` at a place gives way to `added`. */
  interface Splice<T> {
    at: number;
    removed: T[];
    added: T[];
  }

  type NoteFields = Pick<Note, "labelled" | "status" | "comment" | "decisions">;

  interface NoteChange {
    id: string;
    entities: Splice<Mark> | null;
    rejected: Splice<Fedner.Entity> | null;
    fields: { before: Partial<NoteFields>; after: Partial<NoteFields> } | null;
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
    /** For people: “mark “aspirin” as DRUG”. Earlier versions of the page stored English words. */
    title: Said;
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
