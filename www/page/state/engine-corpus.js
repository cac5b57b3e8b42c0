// What the engine has of the notes: one state, and one pure function that says what follows from what happens.

/**
 * "missing": it must be given all of them. "sending": they are on their way; `outdated` says that they have changed since.
 * @typedef {import("./corpus.js").TrainedOn} TrainedOn
 * @typedef {{kind: "missing"}
 *   | {kind: "sending", wanted: TrainedOn, outdated: boolean}
 *   | {kind: "current", given: TrainedOn}
 *   | {kind: "outdated", given: TrainedOn}} EngineCorpus
 * @typedef {{type: "engine-replaced"}
 *   | {type: "notes-changed"}
 *   | {type: "sent", wanted: TrainedOn}
 *   | {type: "accepted", wanted: TrainedOn}
 *   | {type: "failed", wanted: TrainedOn}} CorpusEvent
 */

/** @type {EngineCorpus} */
export const MISSING = { kind: "missing" };

/**
 * @param {EngineCorpus} corpus
 * @param {CorpusEvent} event
 * @returns {EngineCorpus} the same object where the event is about an engine that has been replaced
 */
export function corpusAfter(corpus, event) {
  switch (event.type) {
    case "engine-replaced":
      return MISSING;
    case "notes-changed":
      if (corpus.kind === "sending") return { ...corpus, outdated: true };
      return corpus.kind === "current" ? { kind: "outdated", given: corpus.given } : corpus;
    case "sent":
      return { kind: "sending", wanted: event.wanted, outdated: false };
    case "accepted":
      if (corpus.kind !== "sending" || corpus.wanted !== event.wanted) return corpus;
      return { kind: corpus.outdated ? "outdated" : "current", given: corpus.wanted };
    case "failed":
      return corpus.kind === "sending" && corpus.wanted === event.wanted ? MISSING : corpus;
  }
}

/** Whether the engine must be sent something. @param {EngineCorpus} corpus */
export function isBehind(corpus) {
  return corpus.kind === "missing" || corpus.kind === "outdated" || (corpus.kind === "sending" && corpus.outdated);
}

/** What a change can be expressed against; null: nothing. @param {EngineCorpus} corpus */
export function givenOf(corpus) {
  return corpus.kind === "current" || corpus.kind === "outdated" ? corpus.given : null;
}
