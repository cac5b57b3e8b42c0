//! A site's notes, ready for training and scoring.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use fedner_protocol::{ModelSpec, PretrainedEncoder};
use serde::{Deserialize, Serialize};

use crate::{
    batch::Example,
    features::FeatureHasher,
    labels::{LabelSet, Span, Tag, document_to_tags},
    text::sentences,
};

/// One note with its entities.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// Names it in problems.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Its entities, by character offsets.
    pub spans: Vec<Span>,
    /// Whether it is kept out of training, to score the model.
    pub held_out: bool,
}

/// Sentences, words and entities of a part of a corpus.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "SplitSummary"))]
pub struct Size {
    /// Sentences.
    pub sentences: usize,
    /// Words and punctuation marks.
    pub tokens: usize,
    /// Entities of the label set.
    pub entities: usize,
}

/// How often a label occurs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct LabelCount {
    /// The label.
    pub label: String,
    /// Entities to train on.
    pub training: usize,
    /// Entities to score on.
    pub held_out: usize,
}

/// What a model was trained on, in counts that reveal no text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingCounts {
    /// Sentences, words and entities.
    pub size: Size,
    /// Entities of each label.
    pub entities: BTreeMap<String, usize>,
}

/// Something in a note that training leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct NoteProblem {
    /// The note's id.
    pub document: String,
    /// What, and why.
    pub message: String,
}

/// What a corpus holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "CorpusSummary"))]
pub struct CorpusReport {
    /// The part to train on.
    pub training: Size,
    /// The part to score on.
    pub held_out: Size,
    /// Entities a label.
    pub by_label: Vec<LabelCount>,
    /// What is left out.
    pub problems: Vec<NoteProblem>,
}

/// An update names a note that is neither there nor comes with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the note {0} is not known, or is named twice")]
pub struct UnknownNote(pub String);

/// A model reads word vectors, and its encoder has not read the texts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the model needs the word vectors of the pretrained encoder {}, which has not read these notes", .0.pack)]
pub struct NotRead(pub PretrainedEncoder);

/// Word vectors that are not those of a note's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found} bytes of word vectors were given for the note {note}, it needs {expected}")]
pub struct VectorsError {
    pub(crate) note: String,
    pub(crate) expected: usize,
    pub(crate) found: usize,
}

/// What a pretrained encoder made of a note: a vector for each of its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordVectors {
    /// Which encoder.
    pub encoder: PretrainedEncoder,
    /// Each token's vector, sentence after sentence, in steps of [`WORD_VECTOR_STEP`](fedner_protocol::WORD_VECTOR_STEP).
    pub steps: Vec<i8>,
}

/// A site's sentences as IOB2 tags over its own label set. It never leaves the device.
#[derive(Debug, Clone)]
pub struct Corpus {
    labels: LabelSet,
    notes: Vec<TaggedNote>,
    report: CorpusReport,
}

/// A note as training has it.
#[derive(Debug, Clone)]
struct TaggedNote {
    id: String,
    held_out: bool,
    /// Bytes of its text.
    bytes: usize,
    /// Each sentence's tokens, as texts.
    tokens: Vec<Vec<String>>,
    tags: Vec<Vec<Tag>>,
    /// What an encoder made of it, once one has read it.
    vectors: Option<WordVectors>,
    /// Entities that are not used, and those that were widened.
    dropped: usize,
    widened: usize,
}

impl Corpus {
    /// Tokenises notes and tags their entities.
    pub fn new(notes: &[Note], labels: LabelSet) -> Self {
        let notes: Vec<_> = notes.iter().map(|note| TaggedNote::new(note, &labels)).collect();
        let report = report(&notes, &labels);
        Self { labels, notes, report }
    }

    /// Adds notes that are new or have changed, and keeps the notes named in `order`, in that order. The result is that of
    /// `Corpus::new` with all of them, without reading those that have not changed.
    ///
    /// # Errors
    /// When `order` names a note that is neither there nor among the changed ones, or names one twice; nothing is
    /// changed then.
    pub fn update(&mut self, changed: &[Note], order: &[String]) -> Result<(), UnknownNote> {
        let there = self.notes.iter().map(|note| &note.id).chain(changed.iter().map(|note| &note.id));
        let mut known: HashSet<&String> = there.collect();
        if let Some(id) = order.iter().find(|id| !known.remove(id)) {
            return Err(UnknownNote(id.clone()));
        }
        let mut notes: HashMap<String, TaggedNote> = self.notes.drain(..).map(|note| (note.id.clone(), note)).collect();
        notes.extend(changed.iter().map(|note| (note.id.clone(), TaggedNote::new(note, &self.labels))));
        self.notes = order.iter().filter_map(|id| notes.remove(id)).collect();
        self.report = report(&self.notes, &self.labels);
        Ok(())
    }

    /// Gives a note the vectors of its words; nothing happens where there is no such note.
    ///
    /// # Errors
    /// When they are not as many as the note's words need.
    pub fn set_vectors(&mut self, note: &str, vectors: WordVectors) -> Result<(), VectorsError> {
        match self.notes.iter_mut().find(|there| there.id == note) {
            Some(note) => note.set_vectors(vectors),
            None => Ok(()),
        }
    }

    /// Gives each note the vectors of its words, in the notes' order.
    ///
    /// # Errors
    /// When they are not as many as a note's words need.
    pub fn set_all_vectors(&mut self, vectors: impl IntoIterator<Item = WordVectors>) -> Result<(), VectorsError> {
        self.notes.iter_mut().zip(vectors).try_for_each(|(note, vectors)| note.set_vectors(vectors))
    }

    /// The ids of the notes that a pretrained encoder has not read yet.
    pub fn unread<'c>(&'c self, encoder: &'c PretrainedEncoder) -> impl Iterator<Item = &'c str> {
        let unread = |note: &&TaggedNote| note.words() > 0 && note.vectors_of(encoder).is_empty();
        self.notes.iter().filter(unread).map(|note| note.id.as_str())
    }

    /// Whether there is what a model reads: for one with a pretrained encoder, the vectors of all words.
    ///
    /// # Errors
    /// Names the encoder that has not read all notes.
    pub fn is_read_for(&self, spec: &ModelSpec) -> Result<(), NotRead> {
        match &spec.pretrained {
            Some(encoder) if self.unread(encoder).next().is_some() => Err(NotRead(encoder.clone())),
            _ => Ok(()),
        }
    }

    /// The label set.
    pub fn labels(&self) -> &LabelSet {
        &self.labels
    }

    /// What it holds.
    pub fn report(&self) -> &CorpusReport {
        &self.report
    }

    /// Bytes of all texts together.
    pub fn text_bytes(&self) -> usize {
        self.notes.iter().map(|note| note.bytes).sum()
    }

    /// Figures of the part to train on.
    pub fn training_counts(&self) -> TrainingCounts {
        let entities = self.report.by_label.iter().map(|count| (count.label.clone(), count.training));
        TrainingCounts { size: self.report.training, entities: entities.collect() }
    }

    /// The different words to train on, in lower case.
    pub fn training_words(&self) -> BTreeSet<String> {
        let training = self.notes.iter().filter(|note| !note.held_out);
        training.flat_map(|note| note.tokens.iter().flatten()).map(|token| token.to_lowercase()).collect()
    }

    /// The sentences to train on, with a model's features.
    pub fn training(&self, spec: &ModelSpec) -> Vec<Example> {
        self.examples(spec, false)
    }

    /// The sentences to score on, with a model's features.
    pub fn held_out(&self, spec: &ModelSpec) -> Vec<Example> {
        self.examples(spec, true)
    }

    fn examples(&self, spec: &ModelSpec, held_out: bool) -> Vec<Example> {
        let hasher = FeatureHasher::new(spec);
        let mut examples = Vec::new();
        for note in self.notes.iter().filter(|note| note.held_out == held_out) {
            let mut vectors = spec.pretrained.as_ref().map_or(&[][..], |encoder| note.vectors_of(encoder));
            for (tokens, tags) in note.tokens.iter().zip(&note.tags) {
                let (own, rest) = vectors.split_at((tags.len() * spec.vector_width()).min(vectors.len()));
                vectors = rest;
                let rows = hasher.rows(tokens.iter().map(String::as_str));
                examples.push(Example { rows, tags: tags.clone(), vectors: own.to_vec() });
            }
        }
        examples
    }
}

impl TaggedNote {
    fn new(note: &Note, labels: &LabelSet) -> Self {
        let sentences = sentences(&note.text);
        let flat = document_to_tags(labels, &sentences, &note.spans);
        let (dropped, widened) = (flat.dropped(), flat.widened());
        let words = sentences.iter().map(|s| s.tokens.iter().map(|t| t.text(&note.text).to_owned()).collect());
        let (id, held_out, bytes) = (note.id.clone(), note.held_out, note.text.len());
        Self { id, held_out, bytes, tokens: words.collect(), tags: flat.tags, vectors: None, dropped, widened }
    }

    fn set_vectors(&mut self, vectors: WordVectors) -> Result<(), VectorsError> {
        let (expected, found) = (self.words() * vectors.encoder.width, vectors.steps.len());
        if found != expected {
            return Err(VectorsError { note: self.id.clone(), expected, found });
        }
        self.vectors = Some(vectors);
        Ok(())
    }

    fn words(&self) -> usize {
        self.tags.iter().map(Vec::len).sum()
    }

    /// What this encoder made of it; empty where it has not read it.
    fn vectors_of(&self, encoder: &PretrainedEncoder) -> &[i8] {
        self.vectors.as_ref().filter(|vectors| vectors.encoder == *encoder).map_or(&[], |vectors| &vectors.steps)
    }
}

fn report(notes: &[TaggedNote], labels: &LabelSet) -> CorpusReport {
    let by_label = labels.types().iter().map(|l| LabelCount { label: l.clone(), training: 0, held_out: 0 });
    let (training, held_out) = (Size::default(), Size::default());
    let mut report = CorpusReport { training, held_out, by_label: by_label.collect(), problems: Vec::new() };
    for note in notes {
        report.count(note);
    }
    report
}

impl CorpusReport {
    fn count(&mut self, note: &TaggedNote) {
        let size = if note.held_out { &mut self.held_out } else { &mut self.training };
        for tags in &note.tags {
            size.sentences += 1;
            size.tokens += tags.len();
            for label in tags.iter().filter(|tag| tag.is_begin()).filter_map(|tag| tag.label()) {
                size.entities += 1;
                let count = &mut self.by_label[label];
                *(if note.held_out { &mut count.held_out } else { &mut count.training }) += 1;
            }
        }
        for (count, what) in [
            (note.dropped, "not used: they overlap a longer one, or cross the end of a sentence"),
            (note.widened, "widened to whole words for training"),
        ] {
            if count > 0 {
                let message = format!("entities: {count} {what}");
                self.problems.push(NoteProblem { document: note.id.clone(), message });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_become_tagged_sentences_and_what_is_left_out_is_said() {
        let span = |start, end, label: &str| Span { start, end, label: label.into() };
        let note = |id: &str, spans, held_out| Note {
            id: id.into(),
            text: "Aspirin caused nausea.\nNo fever today.".into(),
            spans,
            held_out,
        };
        let labels = LabelSet::new(vec!["Drug".into(), "Symptom".into()]).unwrap();
        let good = note("a", vec![span(0, 7, "Drug"), span(15, 21, "Symptom"), span(26, 31, "Other")], false);
        let crossing = note("b", vec![span(15, 31, "Symptom"), span(26, 31, "Symptom")], true);
        let corpus = Corpus::new(&[good, crossing], labels);
        let report = corpus.report();
        assert_eq!(report.training, Size { sentences: 2, tokens: 8, entities: 2 });
        assert_eq!(report.held_out.entities, 1);
        assert_eq!(report.problems.len(), 1);
        assert_eq!(report.problems[0].document, "b");
        let examples = corpus.training(&ModelSpec::small());
        assert_eq!(examples[0].tags, [1, 0, 3, 0].map(Tag::from_index));
        assert_eq!(examples[0].rows.len(), 4 * 6);
    }

    #[test]
    fn each_sentence_has_its_words_vectors_of_the_models_encoder() {
        let text = "Aspirin again.\nNo fever.".to_owned();
        let note = Note { id: "a".into(), text, spans: Vec::new(), held_out: false };
        let mut corpus = Corpus::new(&[note], LabelSet::new(vec!["Drug".into()]).unwrap());
        let encoder = |name: &str| PretrainedEncoder { pack: fedner_protocol::Digest::of(name.as_bytes()), width: 2 };
        let spec = |name| ModelSpec { pretrained: Some(encoder(name)), ..ModelSpec::small() };
        assert_eq!(corpus.unread(&encoder("one")).collect::<Vec<_>>(), ["a"]);
        assert_eq!(corpus.is_read_for(&spec("one")), Err(NotRead(encoder("one"))));
        assert_eq!(corpus.is_read_for(&ModelSpec::small()), Ok(()));
        let vectors = |count: i8| WordVectors { encoder: encoder("one"), steps: (0..count).collect() };
        let error = corpus.set_vectors("a", vectors(4)).unwrap_err().to_string();
        assert!(error.contains("4 bytes") && error.contains("needs 12"), "{error}");
        corpus.set_vectors("a", vectors(12)).unwrap();
        assert_eq!(corpus.is_read_for(&spec("one")), Ok(()));
        assert_eq!(corpus.unread(&encoder("two")).count(), 1);
        let of = |name| corpus.training(&spec(name)).into_iter().map(|e| e.vectors).collect::<Vec<_>>();
        assert_eq!(of("one"), [vec![0, 1, 2, 3, 4, 5], vec![6, 7, 8, 9, 10, 11]]);
        assert!(of("two").iter().all(Vec::is_empty));
    }

    #[test]
    fn an_update_makes_what_loading_all_notes_anew_would() {
        let note = |id: &str, text: &str, end, held_out| Note {
            id: id.into(),
            text: text.into(),
            spans: vec![Span { start: 0, end, label: "Drug".into() }],
            held_out,
        };
        let labels = || LabelSet::new(vec!["Drug".into()]).unwrap();
        let [a, b, c] = [
            note("a", "Aspirin again.", 7, false),
            note("b", "Ibuprofen.\nNo fever.", 9, true),
            note("c", "Metformin since.", 9, false),
        ];
        let mut corpus = Corpus::new(&[a.clone(), b.clone(), c], labels());
        // One is changed, one put aside, one comes, one goes; and they stand in another order.
        let (changed, aside) = (note("b", "Ibuprofen.\nNo fever.", 3, true), Note { held_out: true, ..a });
        let new = note("d", "Rash today.", 4, false);
        let order = ["d", "b", "a"].map(String::from);
        corpus.update(&[changed.clone(), aside.clone(), new.clone()], &order).unwrap();
        let anew = Corpus::new(&[new, changed, aside], labels());
        assert_eq!(corpus.report(), anew.report());
        assert_eq!(corpus.text_bytes(), anew.text_bytes());
        let parts = |c: &Corpus| [c.training(&ModelSpec::small()), c.held_out(&ModelSpec::small())];
        assert_eq!(parts(&corpus), parts(&anew));

        for order in [["d", "c"], ["d", "d"]] {
            let before = corpus.report().clone();
            assert_eq!(corpus.update(&[], &order.map(String::from)), Err(UnknownNote(order[1].into())));
            assert_eq!(corpus.report(), &before);
            assert_eq!(parts(&corpus), parts(&anew));
        }
    }
}
