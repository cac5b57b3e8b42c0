// The plain objects that cross between the page and the engine. Offsets count UTF-16 code units.
//
// Generated from the Rust types; don't edit it. To generate it again:
//   cargo test -p fedner-interface --test typescript -- --ignored write

declare namespace Fedner {
/** The name of a file format. */
type FormatName = "text" | "conll" | "brat" | "doccano" | "label-studio" | "spacy" | "bioc-xml" | "bioc-json" | "pubtator" | "pubannotation" | "bionlp" | "i2b2" | "webanno-tsv" | "table";

/**
 * The device that the page asks for.
 */
type DeviceRequest = { "kind": "cpu", 
/**
 * Why, for people.
 */
reason: string, } | { "kind": "webgpu", 
/**
 * Its name.
 */
adapter: string, 
/**
 * Whether the adapter is software that only imitates a GPU.
 */
software: boolean, 
/**
 * Why, for people.
 */
reason: string, };

/**
 * The device that the model runs on, and why.
 */
type Device = { 
/**
 * Which kind of device.
 */
kind: "webgpu" | "cpu", 
/**
 * Its name.
 */
name: string, 
/**
 * Why this one, for people.
 */
reason: string, 
/**
 * Whether the GPU is only imitated by software, which is slower than computing on the CPU.
 */
software: boolean, 
/**
 * The comparison with the CPU, where there was one.
 */
self_check: SelfCheck | null, };

/**
 * What the comparison found.
 */
type SelfCheck = { 
/**
 * Whether everything is within the tolerance.
 */
agrees: boolean, 
/**
 * The tolerance, relative to each tensor's largest value.
 */
tolerance: number, 
/**
 * The losses on the reference and on the candidate, with the last of the models.
 */
loss: [number, number], 
/**
 * Kernels that its step launches on the candidate; 0 on the CPU.
 */
launches: number, 
/**
 * Every tensor's gradient, and every tensor after the step, with each model.
 */
differences: Array<Difference>, };

/**
 * How far one tensor differs.
 */
type Difference = { 
/**
 * Its name.
 */
tensor: string, 
/**
 * Its gradient, or its values after the step.
 */
what: Quantity, 
/**
 * The largest difference of two elements.
 */
largest: number, 
/**
 * The largest value on the reference; for parameters the largest change.
 */
scale: number, };

/**
 * What was compared.
 */
type Quantity = "gradient" | "parameter";

/**
 * Milliseconds of a training step on each device.
 */
type StepTimes = { 
/**
 * On the CPU.
 */
cpu_ms: number, 
/**
 * On the GPU.
 */
webgpu_ms: number, };

/**
 * An entity in a text.
 */
type Entity = { 
/**
 * Its first char.
 */
start: number, 
/**
 * The char after its last.
 */
end: number, 
/**
 * Its entity type.
 */
label: string, };

/**
 * An entity the model found, by character offsets, with its probability.
 */
type Suggestion = { 
/**
 * Probability of exactly this span under the CRF at the model's temperature, 0 to 1.
 */
confidence: number, 
/**
 * Its first char.
 */
start: number, 
/**
 * The char after its last.
 */
end: number, 
/**
 * Its entity type.
 */
label: string, };

/**
 * Entities that the model found in a text.
 */
type Prediction = { entities: Array<Suggestion>, 
/**
 * Words and punctuation marks of the text.
 */
tokens: number, };

/**
 * Which of a text's entities a flat tagger is trained on, in the order they were given.
 */
type ExaminedEntities = { 
/**
 * Whether each is trained on.
 */
trained: Array<boolean>, 
/**
 * Why not, in words; null where it is.
 */
reasons: Array<string | null>, };

/**
 * A text to assess.
 */
type TextDocument = { 
/**
 * Names it in the answer.
 */
id: string, 
/**
 * What to look at.
 */
text: string, };

/**
 * What the model finds in a text, and how uncertain it is.
 */
type Assessment = { id: string, 
/**
 * 0 to 1; the higher, the more the model learns from this document's labels. 0 for a text without words.
 */
uncertainty: number, entities: Array<Suggestion>, 
/**
 * Words and punctuation marks of the text.
 */
tokens: number, };

/**
 * A document of an annotation set.
 */
type AnnotatedDocument = { id: string, text: string, entities: Array<Entity>, };

/**
 * How far two annotation sets agree.
 */
type Agreement = { 
/**
 * Strict, with the first set as the reference.
 */
entity: Prf, by_label: Array<LabelAgreement>, 
/**
 * Cohen's κ over tokens, each of one label or outside. Null where it is not defined.
 */
kappa: number | null, 
/**
 * Documents that were compared.
 */
documents: number, disagreements: Array<Disagreement>, 
/**
 * Documents that could not be compared, and why.
 */
left_out: Array<LeftOut>, };

/**
 * How far two annotation sets agree on one label.
 */
type LabelAgreement = { 
/**
 * The label.
 */
label: string, 
/**
 * Same borders.
 */
f1: number, 
/**
 * Cohen's κ over tokens, inside or outside such an entity; none where it is not defined.
 */
kappa: number | null, 
/**
 * Entities in the first set.
 */
support_a: number, 
/**
 * Entities in the second set.
 */
support_b: number, };

/**
 * A place where two annotation sets differ.
 */
type Disagreement = { id: string, 
/**
 * Same borders or an overlap with another label is "label", an overlap with the same label is "borders".
 */
kind: DisagreementKind, a: Entity | null, b: Entity | null, };

/**
 * How two annotators differ in one place.
 */
type DisagreementKind = "label" | "borders" | "only-a" | "only-b";

/**
 * A document that can't be compared.
 */
type LeftOut = { 
/**
 * Its name.
 */
id: string, 
/**
 * Why, in words.
 */
message: string, };

/**
 * A format, for people to choose. The page has the list of them in `www/shared/formats.js`.
 */
type FormatInfo = { name: FormatName, 
/**
 * For people.
 */
title: string, 
/**
 * Usual endings of its files, with the dot.
 */
extensions: Array<string>, 
/**
 * Whether it can be written, too.
 */
writes: boolean, };

/**
 * The columns of a table by their names; those that aren't given are found by their names.
 */
type TableColumns = { text: string | null, id: string | null, start: string | null, end: string | null, label: string | null, };

/**
 * Imported files.
 */
type Imported = { files: Array<ImportedFile>, documents: Array<ImportedDocument>, labels: Array<string>, problems: Array<ImportProblem>, };

/**
 * One imported file.
 */
type ImportedFile = { name: string, format: FormatName, 
/**
 * Which of a format's forms it has, where there are several.
 */
detail: string | null, documents: number, spans: number, };

/**
 * What is said of an entity beside its place and its type.
 */
type EntityDetail = { 
/**
 * Its place in the list of entities.
 */
entity: number, 
/**
 * In a terminology.
 */
code: string | null, 
/**
 * A word, or a name and its value with "=" between.
 */
attributes: Array<string>, };

/**
 * An imported document.
 */
type ImportedDocument = { name: string, file: string, text: string, entities: Array<Entity>, 
/**
 * What is said of some of them.
 */
details: Array<EntityDetail>, 
/**
 * False for a plain text, whose entities nobody has marked yet.
 */
labelled: boolean, };

/**
 * Something in a file that was left out or changed.
 */
type ImportProblem = { file: string, line: number | null, message: string, };

/**
 * A document to write.
 */
type ExportDocument = { name: string, text: string, entities: Array<Entity>, 
/**
 * What is said of some of them.
 */
details: Array<EntityDetail>, 
/**
 * Whether somebody has looked at it.
 */
labelled: boolean, };

/**
 * A written file without its bytes, which the page gets as a `Uint8Array` beside it.
 */
type WrittenFile = { 
/**
 * A name to suggest.
 */
name: string, 
/**
 * Its media type.
 */
media_type: string, 
/**
 * What the format can't express.
 */
problems: Array<WriteProblem>, };

/**
 * Something that a format can't express.
 */
type WriteProblem = { document: string, message: string, };

/**
 * A pretrained encoder that reads the notes before the model does, on each site's own device. It is not trained: its word
 * vectors are inputs of the shared module beside the hashed features.
 */
type PretrainedEncoder = { 
/**
 * SHA-256 of the pack it comes in.
 */
pack: string, 
/**
 * Elements of a word's vector.
 */
width: number, };

/**
 * A corpus as the page has it.
 */
type Corpus = { 
/**
 * The notes.
 */
documents: Array<CorpusDocument>, 
/**
 * The label set to train on.
 */
labels: Array<string>, };

/**
 * What has changed of a corpus; its label set has not.
 */
type CorpusChange = { 
/**
 * The notes that are new or have changed.
 */
documents: Array<CorpusDocument>, 
/**
 * The ids of all notes, in their order.
 */
order: Array<string>, };

/**
 * A note as the page has it.
 */
type CorpusDocument = { id: string, text: string, entities: Array<Entity>, 
/**
 * Whether it is kept out of training, to score the model.
 */
held_out: boolean, };

/**
 * What a corpus holds.
 */
type CorpusSummary = { 
/**
 * The part to train on.
 */
training: SplitSummary, 
/**
 * The part to score on.
 */
held_out: SplitSummary, 
/**
 * Entities a label.
 */
by_label: Array<LabelCount>, 
/**
 * What is left out.
 */
problems: Array<NoteProblem>, };

/**
 * Sentences, words and entities of a part of a corpus.
 */
type SplitSummary = { 
/**
 * Sentences.
 */
sentences: number, 
/**
 * Words and punctuation marks.
 */
tokens: number, 
/**
 * Entities of the label set.
 */
entities: number, };

/**
 * How often a label occurs.
 */
type LabelCount = { 
/**
 * The label.
 */
label: string, 
/**
 * Entities to train on.
 */
training: number, 
/**
 * Entities to score on.
 */
held_out: number, };

/**
 * Something in a note that training leaves out.
 */
type NoteProblem = { 
/**
 * The note's id.
 */
document: string, 
/**
 * What, and why.
 */
message: string, };

/**
 * What to train locally.
 */
type TrainInput = { 
/**
 * Passes over the notes; null: until it stops getting better.
 */
epochs: number | null, 
/**
 * Seed of a new model, of batches and dropout.
 */
seed: number, 
/**
 * The pretrained encoder that reads the notes first; null: none. A model with another one is replaced by a new one.
 */
encoder: PretrainedEncoder | null, };

/**
 * What local training did.
 */
type Trained = { 
/**
 * Steps taken.
 */
steps: number, 
/**
 * Epochs finished.
 */
epochs: number, 
/**
 * Whether it ended before its limit, because it had stopped getting better.
 */
stopped_early: boolean, 
/**
 * Whether it was cancelled.
 */
cancelled: boolean, 
/**
 * Scores on the held-out notes at the end, if there are any.
 */
scores: Scores | null, };

/**
 * How to learn in the background.
 */
type LearnInput = { 
/**
 * Seed of a new model, of batches and dropout.
 */
seed: number, 
/**
 * The pretrained encoder of a new model; null: none. A model that is there stays as it is.
 */
encoder: PretrainedEncoder | null, };

/**
 * What background learning did.
 */
type Learned = { 
/**
 * Steps taken.
 */
steps: number, 
/**
 * Sentences it learnt from.
 */
sentences: number, 
/**
 * Entities in them.
 */
entities: number, 
/**
 * Whether it was cancelled; what was learnt until then is kept.
 */
cancelled: boolean, 
/**
 * Scores on the held-out notes, if there are any and it was not cancelled.
 */
scores: Scores | null, };

/**
 * Precision, recall and their harmonic mean, each from 0 to 1; 0 where there is nothing to divide by.
 */
type Prf = { 
/**
 * The share of predicted entities that are right.
 */
precision: number, 
/**
 * The share of gold entities that were found.
 */
recall: number, 
/**
 * The harmonic mean of the two.
 */
f1: number, };

/**
 * An interval of 95 %.
 */
type Interval = { 
/**
 * Its lower end.
 */
low: number, 
/**
 * Its upper end.
 */
high: number, };

/**
 * Two models on the same held-out sentences.
 */
type ModelComparison = { 
/**
 * Strict F1 of the second less that of the first.
 */
difference: number, 
/**
 * Where the difference would lie on other notes like these.
 */
interval: Interval, 
/**
 * The standard error of the difference.
 */
standard_error: number, };

/**
 * The figures of a set of sentences.
 */
type Scores = { 
/**
 * Micro average, same borders and type.
 */
strict: Prf, 
/**
 * Micro average, overlapping with the same type.
 */
lenient: Prf, 
/**
 * Every type of the label set, in its order.
 */
by_label: Array<LabelScores>, 
/**
 * How many sentences were counted.
 */
sentences: number, 
/**
 * Where strict F1 would lie on other notes like these, from a bootstrap over the sentences; `None` in figures that
 * an earlier version has stored.
 */
f1_interval?: Interval, };

/**
 * The figures of one entity type.
 */
type LabelScores = { 
/**
 * The entity type.
 */
label: string, 
/**
 * Same borders.
 */
strict: Prf, 
/**
 * Overlapping.
 */
lenient: Prf, 
/**
 * How many gold entities there are.
 */
support: number, };

/**
 * What an exported model's file says about it.
 */
type ExportModelInput = { 
/**
 * The model's name, and part of the file's.
 */
name: string, 
/**
 * The day, as it should stand in the card.
 */
date: string, };

/**
 * What a restored model was trained on so far.
 */
type Restored = { 
/**
 * Its label set.
 */
labels: Array<string>, 
/**
 * Version of its shared module.
 */
version: number, 
/**
 * Rounds it took part in.
 */
rounds: number, 
/**
 * Optimiser steps it has taken.
 */
steps: number, 
/**
 * The site's own model and the federation's.
 */
models: Models, };

/**
 * What a person is shown of a site's models.
 */
type Models = { 
/**
 * The one that is used unless a person chooses the own one; null before there is a model.
 */
better: WhichModel | null, 
/**
 * The site's own model.
 */
own: ModelReport | null, 
/**
 * The best of the federation's models.
 */
federation: ModelReport | null, 
/**
 * The federation's against the own one, where both were scored on the same held-out notes.
 */
comparison: ModelComparison | null, };

/**
 * What a person is shown of one model.
 */
type ModelReport = { 
/**
 * Where it comes from.
 */
origin: ModelOrigin, 
/**
 * Scores on the held-out notes, where they are known.
 */
scores: Scores | null, };

/**
 * Where a model comes from.
 */
type ModelOrigin = { "kind": "alone" } | { "kind": "baseline" } | { "kind": "loaded" } | { "kind": "round", 
/**
 * The federation.
 */
federation: string, 
/**
 * The round, from 1; 0 for the model that the federation began with.
 */
round: number, } | { "kind": "finish", 
/**
 * The federation.
 */
federation: string, 
/**
 * Passes over the site's notes since the last round.
 */
passes: number, } | { "kind": "interpolated", 
/**
 * The federation.
 */
federation: string, };

/**
 * One of the two models of a site.
 */
type WhichModel = "own" | "federation";

/**
 * Which model a person wants to use.
 */
type ModelChoice = "better" | "own";

/**
 * A site's public identity key, with the proof that whoever enrols has the private one.
 *
 * The key is ECDSA over P-256. Both fields are base64url without padding (RFC 4648, section 5).
 */
type Identity = { 
/**
 * The public key: an uncompressed point (SEC 1), 65 bytes, as WebCrypto exports it "raw".
 */
public_key: string, 
/**
 * Signature of [`enrolment_statement`] with SHA-256: `r` and `s`, 64 bytes, as WebCrypto makes it.
 */
signature: string, };

/**
 * A site's enrolment. It holds the site's credential: it is kept on the device and shown nowhere.
 */
type Participation = { 
/**
 * Origin of the server.
 */
server: string, 
/**
 * The federation.
 */
federation: string, 
/**
 * The site.
 */
site: string, 
/**
 * Sent with every request.
 */
credential: string, };

/**
 * Which federation to enrol in.
 */
type EnrolInput = { 
/**
 * Origin of the server.
 */
server: string, 
/**
 * The federation.
 */
federation: string, 
/**
 * An invitation's secret, where one is needed.
 */
invitation: string | null, 
/**
 * The site's identity key, with its proof for this federation and invitation.
 */
identity: Identity | null, };

/**
 * Which federation to take part in.
 */
type ParticipateInput = { 
/**
 * Origin of the server.
 */
server: string, 
/**
 * The federation.
 */
federation: string, 
/**
 * An invitation's secret, where one is needed.
 */
invitation: string | null, 
/**
 * The site's identity key, with its proof for this federation and invitation.
 */
identity: Identity | null, 
/**
 * What an earlier `enrolled` event held.
 */
participation: Participation | null, 
/**
 * Whether a site without a model of its own trains one alone at the end, to compare.
 */
baseline: boolean, 
/**
 * Whether the person has agreed to masked updates only (secure aggregation).
 */
masked_only: boolean, };

/**
 * What a participation did.
 */
type Participated = { 
/**
 * Rounds this site sent an update in.
 */
rounds: number, 
/**
 * Version of the shared module it has now.
 */
version: number, 
/**
 * Whether the federation is finished.
 */
finished: boolean, 
/**
 * Whether the person stopped it.
 */
cancelled: boolean, 
/**
 * Scores on the held-out notes, if there are any.
 */
scores: Scores | null, };

/**
 * What keeps the server from reading a site's update.
 */
type Protection = { "kind": "none" } | { "kind": "masked", 
/**
 * Fewest sites of the sum, this one among them.
 */
sites_min: number, 
/**
 * Most sites of the sum, this one among them.
 */
sites: number, };

/**
 * What came of a leak test.
 */
type LeakReport = { 
/**
 * The federation that the update was for.
 */
federation: string, 
/**
 * The round.
 */
round: number, 
/**
 * What kept the server from reading it.
 */
protection: Protection, 
/**
 * Different words of the site's notes in the attacker's dictionary.
 */
words: number, 
/**
 * Made-up words in it.
 */
others: number, 
/**
 * Of the site's words, those that the attacker names.
 */
named_words: number, 
/**
 * Of the made-up words, those that the attacker names.
 */
named_others: number, 
/**
 * Words of the site that are named, those first whose rows have moved most; at most 500 of them.
 */
named: Array<string>, };

/**
 * What happened.
 */
type CoreEvent = { "kind": "step", 
/**
 * Steps taken, this one included.
 */
step: number, 
/**
 * Steps of the whole operation.
 */
steps: number, 
/**
 * The epoch, from 1.
 */
epoch: number, 
/**
 * Epochs of the whole operation.
 */
epochs: number, 
/**
 * The round, or 0 when training locally.
 */
round: number, 
/**
 * Mean negative log likelihood of a sentence.
 */
loss: number, 
/**
 * Words in the step.
 */
words: number, } | { "kind": "scores", 
/**
 * Why now.
 */
when: ScoresWhen, 
/**
 * The epoch, from 1; 0 before the first.
 */
epoch: number, 
/**
 * The round, or 0.
 */
round: number, 
/**
 * Steps taken so far.
 */
step: number, 
/**
 * The scores.
 */
scores: Scores, } | { "kind": "round" } & RoundProgress | { "kind": "models", 
/**
 * The one that is used unless a person chooses the own one; null before there is a model.
 */
better: WhichModel | null, 
/**
 * The site's own model.
 */
own: ModelReport | null, 
/**
 * The best of the federation's models.
 */
federation: ModelReport | null, 
/**
 * The federation's against the own one, where both were scored on the same held-out notes.
 */
comparison: ModelComparison | null, } | { "kind": "replaced", 
/**
 * Why, in words.
 */
reason: string, } | { "kind": "learning", 
/**
 * Steps taken, this one included.
 */
step: number, 
/**
 * Steps of the whole run.
 */
steps: number, } | { "kind": "learned", 
/**
 * Steps taken.
 */
steps: number, 
/**
 * Sentences it learnt from.
 */
sentences: number, 
/**
 * Entities in them.
 */
entities: number, 
/**
 * Whether it was cancelled; what was learnt until then is kept.
 */
cancelled: boolean, 
/**
 * Scores on the held-out notes, if there are any and it was not cancelled.
 */
scores: Scores | null, } | { "kind": "assessed", 
/**
 * Number of documents that were assessed so far.
 */
done: number, 
/**
 * Number of all documents.
 */
total: number, } | { "kind": "notice", 
/**
 * In words.
 */
message: string, };

/**
 * When a model was scored.
 */
type ScoresWhen = "start" | "epoch" | "trained" | "round" | "end";

/**
 * The state of a participant in its federation.
 */
type RoundProgress = { 
/**
 * What it is doing.
 */
phase: RoundPhase, 
/**
 * The round.
 */
round: number, 
/**
 * Version of the shared module it has.
 */
version: number, 
/**
 * Sites that are present.
 */
present: number, 
/**
 * Rounds of the whole federation; 0 before they are known.
 */
rounds: number, 
/**
 * Sites needed to open a round.
 */
min_sites: number, 
/**
 * Updates the round has.
 */
received: number, 
/**
 * Milliseconds until the round's deadline, when the server said so.
 */
deadline_in_ms: number, };

/**
 * What a participant is doing.
 */
type RoundPhase = "enrolling" | "waiting" | "paused" | "downloading" | "training" | "uploading" | "waiting-for-merge" | "merged" | "finishing" | "comparing" | "finished";

/**
 * The server enrolled this site; the page keeps the enrolment for the next visit.
 */
type EnrolledEvent = { 
/**
 * Distinguishes it from other events.
 */
kind: "enrolled", 
/**
 * What to keep.
 */
participation: Participation, };

/**
 * One request that left this device; reported before it is sent and again when it is answered.
 */
type LedgerEvent = { 
/**
 * Distinguishes it from other events.
 */
kind: "ledger", 
/**
 * Counts up within this run of the engine; with `time_ms` it is unique.
 */
id: number, 
/**
 * When it was sent, milliseconds since 1970.
 */
time_ms: number, 
/**
 * Its HTTP method.
 */
method: string, 
/**
 * Its path, which never holds a secret.
 */
path: string, 
/**
 * The answer's status, or 0 while there is none.
 */
status: number, 
/**
 * Bytes of the body that was sent.
 */
bytes_sent: number, 
/**
 * Bytes of the body that was received.
 */
bytes_received: number, 
/**
 * Names of the tensors that were sent.
 */
tensors: Array<string>, 
/**
 * Of an update: what keeps the server from reading it; null of other requests.
 */
protection: Protection | null, 
/**
 * What the request was for, in words.
 */
what: string, };

/**
 * A failure: a code to act on, a message, and what to do next.
 */
type EngineFailure = { 
/**
 * What kind of failure it is.
 */
code: ErrorCode, 
/**
 * What is wrong.
 */
message: string, 
/**
 * What the person can do.
 */
hint: string, 
/**
 * The encoder that must read the texts first, where that is what is missing.
 */
encoder?: PretrainedEncoder, };

/**
 * What kind of failure it is; the page chooses by it what to offer.
 */
type ErrorCode = "import" | "export" | "no-labels" | "no-training-notes" | "refused" | "network" | "device-lost" | "bad-checkpoint" | "cancelled" | "busy" | "encoder-needed" | "not-ready" | "internal";

}
