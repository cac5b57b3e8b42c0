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

  interface State {
    list: ListView;
    /** Null: nothing is searched for. */
    search: SearchResult | null;
    /** Grows when the list should be put in order anew. */
    list_turn: number;
  }

  type Direction = "next" | "previous" | "next-undone" | "most-useful";

  interface Wishes {
    "set-list": Partial<ListView>;
    go: Direction;
  }
}
