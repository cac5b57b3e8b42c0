// Where the model disagrees with the marks of people.

declare namespace Page {
  /** A place where both differ: people's mark, the model's, or one of them alone. */
  interface Doubt {
    note: string;
    mark: Fedner.Entity | null;
    model: Fedner.Suggestion | null;
  }

  /** What came of looking at the labelled notes with the model. */
  interface Doubts {
    running: boolean;
    checked: number;
    total: number;
    /** The surest first; at most `DOUBTS_MAX`. */
    found: Doubt[];
    /** Those that were found, also beyond the list. */
    count: number;
    /** How often people's label (row) meets the model's (column); "" is no mark. Counted by "row\u0000column". */
    confusion: Record<string, number>;
    /** Marks that the model does not find and that people keep. */
    kept: Record<string, true>;
  }

  type DoubtAction =
    | { type: "doubts-started"; total: number }
    | { type: "doubts-found"; checked: number; found: Doubt[]; confusion: Record<string, number> }
    | { type: "doubts-ended" }
    | { type: "doubt-kept"; doubt: Doubt };
}
