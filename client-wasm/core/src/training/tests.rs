//! Training as the page does it, on small notes.

mod temperature;

use burn::tensor::{Device, Tensor};
use fedner_protocol::{Digest, LocalSteps, ModelSpec, PrivateEncoder, RoundPolicy};
use pollster::block_on;

use super::*;
use crate::{
    batch::Example,
    compute::Gradient,
    corpus::{Corpus, Note},
    crf::Temperature,
    labels::{LabelSet, Span},
    model::read,
    observer::{Event, LearnReport, Observer, When},
    session::{Choice, Session},
    tagging::{Assessment, assess, predict},
};

/// Collects events; cancels after some steps where asked.
#[derive(Default)]
pub(crate) struct Log {
    pub events: Vec<Event>,
    pub checkpoints: Vec<Vec<u8>>,
    pub cancel_after_steps: Option<usize>,
    /// Steps from one checkpoint amid a training to the next; none are made there otherwise.
    pub checkpoint_steps: Option<u64>,
    pub published: usize,
    /// Of the newest published model.
    pub temperature: Option<Temperature>,
    /// The newest published model.
    pub newest: Option<Model>,
    /// Which model is wanted.
    pub choice: Choice,
}

impl Observer for Log {
    fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    fn publish(&mut self, model: &Model) {
        self.published += 1;
        self.temperature = Some(model.temperature());
        self.newest = Some(model.clone());
    }

    fn checkpoint(&mut self, bytes: Vec<u8>) {
        self.checkpoints.push(bytes);
    }

    fn checkpoint_is_due(&self, steps: u64) -> bool {
        self.checkpoint_steps.is_some_and(|between| steps >= between)
    }

    fn model_choice(&self) -> Choice {
        self.choice
    }

    fn is_cancelled(&self) -> bool {
        let steps = self.events.iter().filter(|e| matches!(e, Event::Step { .. } | Event::Learning { .. }));
        let steps = steps.count();
        self.cancel_after_steps.is_some_and(|limit| steps >= limit)
    }

    async fn yield_now(&mut self) {}
}

fn labels() -> LabelSet {
    LabelSet::new(vec!["Drug".into(), "Symptom".into()]).unwrap()
}

/// Notes in which a word's ending determines its type; the held-out ones have other words.
pub(crate) fn notes() -> Vec<Note> {
    let drugs = ["cardizol", "neurazol", "pulmozol", "gastrozol", "hepazol", "renazol"];
    let symptoms = ["headitis", "throatitis", "backitis", "kneeitis", "elbowitis", "toeitis"];
    let note = |i: usize| {
        let (drug, symptom) = (drugs[i % 6], symptoms[(i / 6) % 6]);
        let held_out = i % 6 == 5;
        let text = format!("Case {i}: {drug} was given and {symptom} resolved.");
        let span = |word: &str, label: &str| {
            let start = text.find(word).unwrap();
            Span { start, end: start + word.len(), label: label.into() }
        };
        let spans = vec![span(drug, "Drug"), span(symptom, "Symptom")];
        Note { id: i.to_string(), text, spans, held_out }
    };
    (0..36).map(note).collect()
}

pub(crate) fn corpus() -> Corpus {
    Corpus::new(&notes(), labels())
}

fn tiny() -> ModelSpec {
    ModelSpec { private_encoder: PrivateEncoder::Convolution { blocks: 1 }, ..ModelSpec::small() }
}

/// With a private LSTM in the block's place.
pub(crate) fn recurrent() -> ModelSpec {
    ModelSpec { private_encoder: PrivateEncoder::Bilstm { hidden: 10 }, ..ModelSpec::small() }
}

pub(crate) fn session() -> Session {
    session_of(&tiny())
}

pub(crate) fn session_of(spec: &ModelSpec) -> Session {
    Session::new(spec, &labels(), 1, &Device::flex())
}

pub(crate) fn task(epochs: u64) -> LocalTraining {
    let policy = TrainingPolicy {
        batch_size: 4,
        learning_rate: 1e-2,
        warmup_steps: 5,
        finish_steps_min: 0,
        ..TrainingPolicy::default()
    };
    LocalTraining { length: TrainingLength::Epochs(epochs), policy }
}

fn f1s(log: &Log) -> Vec<f64> {
    let f1 = |e: &Event| if let Event::Scores { scores, .. } = e { Some(scores.strict.f1) } else { None };
    log.events.iter().filter_map(f1).collect()
}

#[test]
fn training_learns_words_it_has_never_seen() {
    learns(&tiny());
    learns(&recurrent());
}

fn learns(spec: &ModelSpec) {
    let mut log = Log::default();
    let report = block_on(session_of(spec).train(&corpus(), &task(12), &mut log)).unwrap();
    let f1 = f1s(&log);
    assert!(report.scores.unwrap().strict.f1 > 0.9, "{f1:?}");
    assert!(f1[0] < 0.5, "{f1:?}");
    assert!(matches!(log.events[0], Event::Scores { when: When::Start, .. }));
    assert_eq!((report.epochs, report.steps, report.cancelled), (12, 12 * 8, false));
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let run = |seed| {
        let mut session = Session::new(&tiny(), &labels(), seed, &Device::flex());
        block_on(session.train(&corpus(), &task(2), &mut Log::default())).unwrap();
        block_on(session.model.digest()).unwrap()
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}

#[test]
fn a_restored_checkpoint_trains_on_to_the_same_bytes() {
    let mut log = Log::default();
    let mut whole = session();
    block_on(whole.train(&corpus(), &task(1), &mut log)).unwrap();
    let mut restored = Session::restore(log.checkpoints.last().unwrap(), &Device::flex()).unwrap();
    assert_eq!(block_on(restored.save()).unwrap(), block_on(whole.save()).unwrap());
    for session in [&mut whole, &mut restored] {
        block_on(session.train(&corpus(), &task(1), &mut Log::default())).unwrap();
    }
    assert_eq!(block_on(restored.model.digest()).unwrap(), block_on(whole.model.digest()).unwrap());
}

#[test]
fn the_host_says_when_a_checkpoint_is_made_amid_a_training() {
    let steps_kept = |log: &Log| -> Vec<u64> {
        let restored = log.checkpoints.iter().map(|bytes| Session::restore(bytes, &Device::flex()).unwrap());
        restored.map(|session| session.optimiser.steps()).collect()
    };
    let log = || Log { checkpoint_steps: Some(3), cancel_after_steps: Some(7), ..Log::default() };
    let (mut training, mut learning) = (log(), log());
    block_on(session().train(&corpus(), &task(2), &mut training)).unwrap();
    assert_eq!(steps_kept(&training), [3, 6, 7]);
    block_on(session().learn(&corpus(), &task(1).policy, &mut learning)).unwrap();
    assert_eq!(steps_kept(&learning), [3, 6, 7]);
    // An epoch has 8 steps, and its end is no reason for another checkpoint.
    let log = || Log { checkpoint_steps: Some(5), ..Log::default() };
    let (mut training, mut finishing) = (log(), log());
    block_on(session().train(&corpus(), &task(2), &mut training)).unwrap();
    assert_eq!(steps_kept(&training), [5, 10, 15, 16]);
    finish(&mut session(), 2, &mut finishing);
    assert_eq!(steps_kept(&finishing), [5, 10, 15, 16]);
}

#[test]
fn a_loss_that_is_no_number_ends_the_training() {
    let mut session = session();
    let good = block_on(session.model.read()).unwrap();
    let mut values = good.clone();
    let last = values.len() - 1;
    values[last] = f32::NAN; // a score of the CRF
    let layout = session.model.layout().clone();
    session.model = Model::from_values(layout, values, &Device::flex()).unwrap();
    let mut log = Log::default();
    let end = block_on(session.train(&corpus(), &task(1), &mut log));
    assert!(matches!(end, Err(TrainError::NotFinite { step: 1, .. })), "{end:?}");
    assert_eq!(block_on(session.model.read()).unwrap()[..last], good[..last], "nothing was moved");
    assert!(log.checkpoints.is_empty());
}

#[test]
fn a_model_with_values_that_are_no_numbers_is_not_saved() {
    let mut session = session();
    let mut values = block_on(session.model.read()).unwrap();
    values[3] = f32::NAN;
    let layout = session.model.layout().clone();
    session.model = Model::from_values(layout, values, &Device::flex()).unwrap();
    assert!(block_on(session.save()).unwrap_err().to_string().contains("parameter 3"));
}

#[test]
fn damaged_checkpoints_are_refused() {
    use crate::session::CheckpointError;
    let bytes = block_on(session().save()).unwrap();
    let restore = |bytes: &[u8]| Session::restore(bytes, &Device::flex()).err();
    assert!(restore(&bytes).is_none());
    assert!(matches!(restore(&bytes[..bytes.len() - 1]), Some(CheckpointError::NotACheckpoint(_))));
    let mut flipped = bytes.clone();
    *flipped.last_mut().unwrap() ^= 1;
    assert_eq!(restore(&flipped), Some(CheckpointError::Damaged));
    assert!(matches!(restore(b"hello"), Some(CheckpointError::NotACheckpoint(_))));
}

#[test]
fn cancelling_ends_after_the_step_under_way_and_keeps_what_was_learned() {
    let mut log = Log { cancel_after_steps: Some(3), ..Log::default() };
    let mut session = session();
    let report = block_on(session.train(&corpus(), &task(2), &mut log)).unwrap();
    assert!(report.cancelled);
    assert_eq!((report.steps, session.optimiser.steps()), (3, 3));
    assert_eq!(log.checkpoints.last().unwrap(), &block_on(session.save()).unwrap());
}

/// A session with a step behind it, so that its optimiser has something to lose.
fn stepped() -> Session {
    let mut session = session();
    let mut log = Log { cancel_after_steps: Some(2), ..Log::default() };
    block_on(session.train(&corpus(), &task(1), &mut log)).unwrap();
    session
}

fn label_set(names: &[&str]) -> LabelSet {
    LabelSet::new(names.iter().map(|name| name.to_string()).collect()).unwrap()
}

#[test]
fn labels_may_come_and_go_and_what_is_known_of_the_others_stays() {
    let trained = stepped();
    let mut log = Log::default();
    let more = block_on(trained.with_labels(&label_set(&["Dose", "Symptom", "Drug"]), &mut log)).unwrap();
    assert!(matches!(&log.events[..], [Event::Notice { message }] if message.contains("Dose")), "{:?}", log.events);
    assert_eq!(more.optimiser.steps(), trained.optimiser.steps());
    // The same texts get the same scores: what is new has no say yet but through its own fresh weights.
    let back = block_on(more.with_labels(&labels(), &mut log)).unwrap();
    assert!(matches!(&log.events[1], Event::Replaced { reason } if reason.contains("Dose")), "{:?}", log.events);
    assert_eq!(block_on(back.save()).unwrap(), block_on(trained.save()).unwrap(), "nothing of the others was lost");
    let same = block_on(more.with_labels(more.model.layout().labels(), &mut log)).unwrap();
    assert_eq!((block_on(same.save()).unwrap(), log.events.len()), (block_on(more.save()).unwrap(), 2));
}

#[test]
fn a_label_that_is_added_starts_fresh_beside_the_others() {
    let trained = stepped();
    let more = block_on(trained.with_labels(&label_set(&["Drug", "Dose", "Symptom"]), &mut Log::default())).unwrap();
    let tensor = |session: &Session, name: &str| {
        let layout = session.model.layout();
        let range = layout.ranges().find(|(tensor, _)| tensor.name == name).unwrap().1;
        let (_, second) = block_on(session.optimiser.read()).unwrap();
        (block_on(session.model.read()).unwrap()[range.clone()].to_vec(), second[range].to_vec())
    };
    // Tags: O, B-Drug, I-Drug, B-Dose, I-Dose, B-Symptom, I-Symptom.
    let old_of = [Some(0), Some(1), Some(2), None, None, Some(3), Some(4)];
    let ((old, old_moment), (new, new_moment)) =
        (tensor(&trained, "private.crf.transitions"), tensor(&more, "private.crf.transitions"));
    for (i, row) in old_of.iter().enumerate() {
        for (j, column) in old_of.iter().enumerate() {
            let kept = row.zip(*column).map(|(row, column)| row * 5 + column);
            assert_eq!(new[i * 7 + j], kept.map_or(0.0, |at| old[at]), "transition {i} to {j}");
            assert_eq!(new_moment[i * 7 + j], kept.map_or(0.0, |at| old_moment[at]), "moment {i} to {j}");
        }
    }
    assert!(new.iter().any(|value| *value != 0.0));
    let ((old, _), (new, moment)) = (tensor(&trained, "private.output.weight"), tensor(&more, "private.output.weight"));
    for (row, (old, new)) in old.chunks(5).zip(new.chunks(7)).enumerate() {
        assert_eq!(old, [new[0], new[1], new[2], new[5], new[6]], "row {row}");
        assert!(new[3] != 0.0 && new[4] != 0.0, "row {row}: fresh weights are drawn");
        assert_eq!(moment[row * 7 + 3], 0.0);
    }
}

#[test]
fn another_label_set_keeps_shared_module_and_encoder() {
    let trained = stepped();
    let before = block_on(trained.model.read()).unwrap();
    let other = label_set(&["Dose"]);
    let mut log = Log::default();
    let changed = block_on(trained.with_labels(&other, &mut log)).unwrap();
    let after = block_on(changed.model.read()).unwrap();
    let range = trained.model.layout().ranges().find(|(tensor, _)| tensor.name == "private.output.weight").unwrap().1;
    assert_eq!(after[..range.start], before[..range.start]);
    assert_eq!(changed.model.layout().labels(), &other);
    assert!(matches!(log.events[..], [Event::Replaced { .. }]), "the page is asked to keep the old model");
}

#[test]
fn learning_in_the_background_is_short_tells_little_and_goes_on_from_where_the_model_is() {
    let mut session = session();
    let mut log = Log::default();
    let policy = task(1).policy;
    let first = block_on(session.learn(&corpus(), &policy, &mut log)).unwrap();
    let second = block_on(session.learn(&corpus(), &policy, &mut log)).unwrap();
    let f1 = |report: &LearnReport| report.scores.as_ref().map_or(0.0, |scores| scores.strict.f1);
    assert!(f1(&second) > 0.9 && f1(&second) >= f1(&first), "{first:?} {second:?}");
    assert_eq!((first.sentences, first.entities, first.cancelled), (30, 60, false));
    assert_eq!(session.optimiser.steps(), first.steps + second.steps);
    assert!(log.events.iter().all(|event| matches!(event, Event::Learning { .. } | Event::Learned { .. })));
    let reports = log.events.iter().filter_map(|e| if let Event::Learned { report } = e { Some(report) } else { None });
    assert_eq!(reports.collect::<Vec<_>>(), [&first, &second]);
    assert_eq!(log.published, 2, "predictions change once a run");
    assert_eq!(session.state.trained_on, Some(corpus().training_counts()));
}

#[test]
fn cancelled_learning_keeps_what_was_learnt() {
    let mut log = Log { cancel_after_steps: Some(3), ..Log::default() };
    let mut session = session();
    let report = block_on(session.learn(&corpus(), &task(1).policy, &mut log)).unwrap();
    assert_eq!((report.steps, report.cancelled, report.scores), (3, true, None));
    assert_eq!(log.checkpoints.last().unwrap(), &block_on(session.save()).unwrap());
}

#[test]
fn documents_are_assessed_together_as_they_are_alone() {
    let mut session = session();
    block_on(session.train(&corpus(), &task(2), &mut Log::default())).unwrap();
    let notes = notes();
    let mut texts: Vec<String> = notes.iter().map(|note| note.text.clone()).collect();
    texts[3] = String::new();
    texts[4] = texts[5..9].join("\n");
    let mut log = Log::default();
    let assessed = block_on(assess(&session.model, &texts, &mut log)).unwrap();
    assert_eq!(log.events.last(), Some(&Event::Assessed { done: texts.len(), total: texts.len() }));
    for (text, together) in texts.iter().zip(&assessed) {
        let alone = block_on(predict(&session.model, text)).unwrap();
        assert_eq!(alone.tokens(), crate::text::sentences(text).iter().map(|s| s.tokens.len()).sum::<usize>());
        let spans = |assessment: &Assessment| assessment.entities.iter().map(|e| e.span.clone()).collect::<Vec<_>>();
        assert_eq!(spans(&alone), spans(together));
        assert!((alone.uncertainty() - together.uncertainty()).abs() < 1e-4);
        assert!((0.0..=1.0).contains(&alone.uncertainty()));
    }
    assert_eq!((assessed[3].uncertainty(), assessed[3].tokens()), (0.0, 0));
    assert_eq!(assessed[4].sentences.len(), 4);
    // A model that was never trained knows less.
    let fresh = Session::new(&tiny(), &labels(), 1, &Device::flex());
    let before = block_on(predict(&fresh.model, &texts[0])).unwrap();
    assert!(before.uncertainty() > assessed[0].uncertainty());
    let mut log = Log { cancel_after_steps: Some(0), ..Log::default() };
    assert!(block_on(assess(&session.model, &texts, &mut log)).unwrap().is_empty());
}

fn batch(spec: &ModelSpec) -> Batch {
    let examples: Vec<Example> = corpus().training(spec);
    let per_token = FeatureHasher::new(spec).rows_per_token();
    let mut short = examples[0].clone();
    short.tags.truncate(1);
    short.rows.truncate(per_token);
    Batch::new([&examples[3], &short, &examples[8]], per_token)
}

#[test]
fn gradients_equal_finite_differences() {
    finite_differences(&tiny());
    finite_differences(&recurrent());
}

fn finite_differences(spec: &ModelSpec) {
    let device = Device::flex();
    let batch = batch(spec);
    let model = Model::draw(spec, &labels(), 3, &device);
    let Gradient { values, .. } = block_on(gradient(&model, &batch, None)).unwrap();
    let analytic = block_on(read(values)).unwrap();
    let base = block_on(model.read()).unwrap();
    let loss_at = |values: Vec<f32>| {
        let moved = Model::from_values(model.layout().clone(), values, &device).unwrap();
        block_on(block_on(gradient(&moved, &batch, None)).unwrap().read_loss()).unwrap()
    };
    for (tensor, range) in model.layout().ranges() {
        // The element with the largest gradient, where a wrong one shows best.
        let at = range.clone().max_by(|a, b| analytic[*a].abs().total_cmp(&analytic[*b].abs())).unwrap();
        let step = 1e-2;
        let [mut up, mut down] = [base.clone(), base.clone()];
        up[at] += step;
        down[at] -= step;
        let numeric = (loss_at(up) - loss_at(down)) / (2.0 * f64::from(step));
        let difference = (numeric - f64::from(analytic[at])).abs();
        assert!(difference < 2e-3 + 0.02 * numeric.abs(), "{}: {numeric} and {}", tensor.name, analytic[at]);
        assert!(analytic[range].iter().any(|g| *g != 0.0), "{} has no gradient", tensor.name);
    }
}

#[test]
fn padding_changes_nothing() {
    padding(&tiny());
    padding(&recurrent());
}

fn padding(spec: &ModelSpec) {
    let device = Device::flex();
    let examples = corpus().training(spec);
    let per_token = FeatureHasher::new(spec).rows_per_token();
    let model = Model::draw(spec, &labels(), 3, &device);
    let mut short = examples[0].clone();
    short.tags.truncate(3);
    short.rows.truncate(3 * per_token);
    let loss = |batch| block_on(block_on(gradient(&model, &batch, None)).unwrap().read_loss()).unwrap();
    let alone = loss(Batch::new([&short], per_token));
    let long = loss(Batch::new([&examples[1]], per_token));
    let both = loss(Batch::new([&short, &examples[1]], per_token));
    assert!((both - (alone + long) / 2.0).abs() < 1e-5);
}

#[test]
fn predictions_have_exact_offsets_and_probabilities() {
    let mut session = session();
    block_on(session.train(&corpus(), &task(12), &mut Log::default())).unwrap();
    let text = "🙂 Case: renazol was given and toeitis resolved.";
    let found = block_on(predict(&session.model, text)).unwrap().entities;
    let words: Vec<String> =
        found.iter().map(|p| text.chars().skip(p.span.start).take(p.span.end - p.span.start).collect()).collect();
    // Whatever it makes of the emoji, the offsets behind it count it as one character.
    assert!(words.ends_with(&["renazol".to_owned(), "toeitis".to_owned()]), "{words:?}");
    assert!(found.iter().all(|p| p.confidence > 0.0 && p.confidence <= 1.0));
    assert!(block_on(predict(&session.model, " \n")).unwrap().entities.is_empty());
}

#[test]
fn the_gradient_is_clipped_by_its_global_norm() {
    let (spec, device) = (tiny(), Device::flex());
    let mut model = Model::draw(&spec, &labels(), 3, &device);
    let before = block_on(model.read()).unwrap();
    let mut optimiser = AdamW::new(model.layout(), &device);
    let policy = TrainingPolicy { clip_norm: 1.0, weight_decay: 0.0, ..TrainingPolicy::default() };
    let huge = Tensor::full([model.layout().parameters()], 1e6, &device);
    optimiser.step(&mut model, Gradient { loss: Tensor::ones([1], &device), values: huge }, 0.1, &policy);
    let (first, _) = block_on(optimiser.read()).unwrap();
    let norm = first.iter().map(|m| f64::from(*m).powi(2)).sum::<f64>().sqrt();
    assert!((norm - 0.1).abs() < 1e-4, "{norm}"); // (1 − β₁) times the clipped norm
    let after = block_on(model.read()).unwrap();
    assert!(before.iter().zip(&after).all(|(b, a)| (b - a - 0.1).abs() < 1e-3));
}

/// Scores of a run with their epochs, and the model's digest after it.
fn finish(session: &mut Session, passes: u32, log: &mut Log) -> (FinishOutcome, Digest) {
    let corpus = corpus();
    let spec = session.model.layout().spec().clone();
    let (examples, held_out) = (corpus.training(&spec), corpus.held_out(&spec));
    let rounds = RoundPolicy { rounds: 2, local_steps: LocalSteps::Fixed(3), ..RoundPolicy::default() };
    let policy = TrainingPolicy { finish_passes: passes, ..task(1).policy };
    let end = block_on(session.finish(&FederatedSchedule::new(&rounds, &policy, &examples), &held_out, log)).unwrap();
    (end, block_on(session.model.digest()).unwrap())
}

#[test]
fn a_model_with_a_pretrained_encoder_does_not_train_on_notes_that_it_has_not_read() {
    let encoder = fedner_protocol::PretrainedEncoder { pack: Digest::of(b"a pack"), width: 3 };
    let spec = ModelSpec { pretrained: Some(encoder.clone()), ..tiny() };
    let mut session = Session::new(&spec, corpus().labels(), 1, &Device::flex());
    let before = block_on(session.model.digest()).unwrap();
    let mut log = Log::default();
    let end = block_on(session.train(&corpus(), &task(1), &mut log));
    assert_eq!(end, Err(NotRead(encoder).into()));
    assert!(log.events.is_empty(), "nothing is scored without the vectors: {:?}", log.events);
    assert_eq!(block_on(session.model.digest()).unwrap(), before);
}

#[test]
fn the_last_passes_are_taken_once_and_the_best_model_stays() {
    let (mut trained, mut log) = (session(), Log::default());
    let (end, digest) = finish(&mut trained, 2, &mut log);
    assert_eq!(trained.state.finish_passes, 2);
    // Steps go on counting after those of the rounds, over which the learning rate falls too.
    let steps: Vec<_> = log
        .events
        .iter()
        .filter_map(|e| if let Event::Step { step, steps, .. } = e { Some((*step, *steps)) } else { None })
        .collect();
    assert_eq!((steps.first(), steps.last()), (Some(&(7, 22)), Some(&(22, 22))));
    let best = f1s(&log).into_iter().fold(0.0, f64::max);
    assert!(
        matches!(&end, FinishOutcome::Done(Some(scores)) if scores.strict.f1 == best),
        "{end:?}, of {:?}",
        f1s(&log)
    );

    let mut restored = Session::restore(log.checkpoints.last().unwrap(), &Device::flex()).unwrap();
    let mut again = Log::default();
    assert_eq!(restored.model.temperature(), trained.model.temperature());
    assert_eq!(finish(&mut restored, 2, &mut again), (end, digest), "there is nothing left to do");
    assert!(!again.events.iter().any(|e| matches!(e, Event::Step { .. })));
}

#[test]
fn a_pass_that_makes_a_model_worse_is_taken_back() {
    let (mut trained, mut log) = (session(), Log::default());
    block_on(trained.train(&corpus(), &task(12), &mut log)).unwrap();
    let (before, temperature) = (block_on(trained.model.digest()).unwrap(), trained.model.temperature());
    assert!(!temperature.is_neutral());
    let corpus = corpus();
    let (examples, held_out) = (corpus.training(&tiny()), corpus.held_out(&tiny()));
    let rounds = RoundPolicy { rounds: 1, local_steps: LocalSteps::Fixed(1), ..RoundPolicy::default() };
    // A learning rate with which nothing survives.
    let policy = TrainingPolicy { finish_passes: 1, learning_rate: 5.0, warmup_steps: 0, ..task(1).policy };
    let end =
        block_on(trained.finish(&FederatedSchedule::new(&rounds, &policy, &examples), &held_out, &mut log)).unwrap();
    assert!(matches!(end, FinishOutcome::Done(Some(scores)) if scores.strict.f1 > 0.9));
    assert_eq!(block_on(trained.model.digest()).unwrap(), before);
    let kept = Session::restore(log.checkpoints.last().unwrap(), &Device::flex()).unwrap();
    assert_eq!(block_on(kept.model.digest()).unwrap(), before, "the checkpoint holds the best one too");
    assert_eq!((trained.model.temperature(), kept.model.temperature()), (temperature, temperature));
}

#[test]
fn the_last_passes_can_be_stopped_and_gone_on_with() {
    let mut trained = session();
    // A pass has 8 steps: the second one is broken off.
    let mut log = Log { cancel_after_steps: Some(10), ..Log::default() };
    assert_eq!(finish(&mut trained, 3, &mut log).0, FinishOutcome::Cancelled);
    assert_eq!(trained.state.finish_passes, 1);
    let mut restored = Session::restore(log.checkpoints.last().unwrap(), &Device::flex()).unwrap();
    assert!(matches!(finish(&mut restored, 3, &mut Log::default()).0, FinishOutcome::Done(_)));
    assert_eq!(restored.state.finish_passes, 3);
}
