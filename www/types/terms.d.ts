// Marks that are suggested by something else than the tab's model: a list of terms, or another program's file.

declare namespace Page {
  /** A line of a terminology. */
  interface Term {
    /** Its words; of a pattern a regular expression between slashes, with flags after. */
    text: string;
    label: string;
    /** In a terminology, such as an ATC or SNOMED CT code; empty where there is none. */
    code: string;
    /** Two letters, for its inflection; empty where it isn't said. */
    language: string;
    pattern: boolean;
  }

  /** What the terms find in the notes. */
  interface TermSearch {
    /** Grows with every change of the terms. */
    turn: number;
    /** Start, end and the term's place in the list, of each match one after the other; of the notes searched so far. */
    notes: Record<string, Uint32Array>;
    searched: number;
    /** Matches of each term. */
    counts: Uint32Array;
    matches: number;
    /** Notes with a match. */
    with_match: number;
    /** What could not be used, in words. */
    problems: Said[];
  }

  /** A mark that somebody may accept; a confidence where its source gives one. */
  type Suggested = Mark & { confidence?: number };

  /** What another program has marked, by note. */
  interface Preannotations {
    /** The file. */
    name: string;
    notes: Record<string, Suggested[]>;
    /** What of it was left out. */
    problems: Said[];
  }

  namespace Terms {
    type ToWorker =
      /** A list to read; the label is for terms without one. */
      | { kind: "read"; content: string; label: string }
      | { kind: "terms"; turn: number; terms: Term[]; left_out: number[] }
      | { kind: "search"; turn: number; notes: { id: string; text: string }[] };
    type FromWorker =
      | { kind: "read"; terms: Term[]; problems: Said[] }
      | { kind: "unusable"; turn: number; problems: Said[] }
      /** It begins with this pattern; null: with the words. */
      | { kind: "at"; turn: number; term: number | null }
      | { kind: "found"; turn: number; notes: { id: string; matches: Uint32Array }[] };
  }
}
