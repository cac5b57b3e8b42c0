// Notes and labels, and what the page shows and compares of them.

declare namespace Page {
  /** How a note came to be training or held-out: "auto" follows the page's choice. */
  type Split = "auto" | "training" | "held-out";

  /** "suggested": a model has marked it and nobody has looked at it yet. */
  type NoteStatus = "new" | "suggested" | "in-work" | "done";

  /** An entity, and what is said of it beside its place and label. */
  type Mark = Fedner.Entity & {
    /** In a terminology. */
    code?: string;
    /** A word such as "negated", or a name and its value with "=" between; sorted. */
    attributes?: string[];
  };

  interface Note {
    id: string;
    /** The file that it came from. */
    file: string;
    name: string;
    /** It never changes: edits change the entities alone. */
    text: string;
    entities: Mark[];
    /** Suggestions that a person has rejected; they are not shown again. */
    rejected: Fedner.Entity[];
    /** False: nobody has marked it yet, so its entities are not known. It is neither trained on nor scored. */
    labelled: boolean;
    split: Split;
    held_out: boolean;
    /** Its position in the order in which notes were added. */
    order: number;
    status: NoteStatus;
    comment: string;
    /** The model's uncertainty, 0 to 1; null while the model was not asked. */
    uncertainty: number | null;
    /** Null until a disagreement in it was settled. */
    decisions: Decisions | null;
  }

  interface LabelDefinition {
    name: string;
    /** Its place in the palette. */
    colour: number;
    /** The key that marks with it; empty where it has none. */
    key: string;
    /** Guidelines: what is to be marked with it. */
    description: string;
    /** Whether it is trained on. */
    on: boolean;
  }

  /** What is wanted of a label; the rest is chosen or stays. */
  type NewLabel = Partial<LabelDefinition> & { name: string };

  /** With the number of entities that have it. */
  interface Label extends LabelDefinition {
    training: number;
    held_out: number;
  }

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

  /** How a disagreement is settled. */
  type Choice = "mine" | "theirs" | "neither" | "both";

  /** A note that both sets hold, with the marks of both as they were when they were compared. */
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
    left_out: { name: string; message: Said }[];
    problems: Fedner.Imported["problems"];
  }

  /** What was decided about the disagreements in a note. */
  interface Decisions {
    comparison: string;
    choices: Record<string, Choice>;
  }
}
