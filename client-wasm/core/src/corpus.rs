//! A site's notes, ready for training and scoring.

use std::collections::BTreeMap;

use fedner_protocol::ModelSpec;
use serde::{Deserialize, Serialize};

use crate::{
    batch::Example,
    features::FeatureHasher,
    labels::{LabelSet, Span, document_to_tags},
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
pub struct LabelCount {
    /// The label.
    pub label: String,
    /// Entities to train on.
    pub training: usize,
    /// Entities to score on.
    pub held_out: usize,
}

/// What a model was trained on, in figures that tell nothing of any text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingCounts {
    /// Sentences, words and entities.
    pub size: Size,
    /// Entities of each label.
    pub entities: BTreeMap<String, usize>,
}

/// Something in a note that training leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoteProblem {
    /// The note's id.
    pub document: String,
    /// What, and why.
    pub message: String,
}

/// What a corpus holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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

/// A site's sentences as IOB2 tags over its own label set. It never leaves the device.
#[derive(Debug, Clone)]
pub struct Corpus {
    labels: LabelSet,
    training: Part,
    held_out: Part,
    report: CorpusReport,
}

#[derive(Debug, Clone, Default)]
struct Part {
    /// Each sentence's tokens, as texts.
    tokens: Vec<Vec<String>>,
    tags: Vec<Vec<usize>>,
}

impl Corpus {
    /// Tokenises notes and tags their entities.
    pub fn new(notes: &[Note], labels: LabelSet) -> Self {
        let by_label = labels.types().iter().map(|l| LabelCount { label: l.clone(), training: 0, held_out: 0 });
        let (training, held_out) = (Size::default(), Size::default());
        let report = CorpusReport { training, held_out, by_label: by_label.collect(), problems: Vec::new() };
        let mut corpus = Self { labels, training: Part::default(), held_out: Part::default(), report };
        for note in notes {
            corpus.add(note);
        }
        corpus
    }

    /// The label set.
    pub fn labels(&self) -> &LabelSet {
        &self.labels
    }

    /// What it holds.
    pub fn report(&self) -> &CorpusReport {
        &self.report
    }

    /// Figures of the part to train on.
    pub fn training_counts(&self) -> TrainingCounts {
        let entities = self.report.by_label.iter().map(|count| (count.label.clone(), count.training));
        TrainingCounts { size: self.report.training, entities: entities.collect() }
    }

    /// The sentences to train on, with a model's features.
    pub fn training(&self, spec: &ModelSpec) -> Vec<Example> {
        self.training.examples(spec)
    }

    /// The sentences to score on, with a model's features.
    pub fn held_out(&self, spec: &ModelSpec) -> Vec<Example> {
        self.held_out.examples(spec)
    }

    fn add(&mut self, note: &Note) {
        let sentences = sentences(&note.text);
        let flat = document_to_tags(&self.labels, &sentences, &note.spans);
        let (dropped, widened) = (flat.dropped(), flat.widened());
        for (sentence, tags) in sentences.iter().zip(flat.tags) {
            self.count(&tags, note.held_out);
            let part = if note.held_out { &mut self.held_out } else { &mut self.training };
            part.tokens.push(sentence.tokens.iter().map(|t| t.text(&note.text).to_owned()).collect());
            part.tags.push(tags);
        }
        for (count, what) in [
            (dropped, "not used: they overlap a longer one, or cross the end of a sentence"),
            (widened, "widened to whole words for training"),
        ] {
            if count > 0 {
                let message = format!("entities: {count} {what}");
                self.report.problems.push(NoteProblem { document: note.id.clone(), message });
            }
        }
    }

    fn count(&mut self, tags: &[usize], held_out: bool) {
        let size = if held_out { &mut self.report.held_out } else { &mut self.report.training };
        size.sentences += 1;
        size.tokens += tags.len();
        for tag in tags.iter().filter(|tag| **tag % 2 == 1) {
            size.entities += 1;
            let count = &mut self.report.by_label[tag / 2];
            *(if held_out { &mut count.held_out } else { &mut count.training }) += 1;
        }
    }
}

impl Part {
    fn examples(&self, spec: &ModelSpec) -> Vec<Example> {
        let hasher = FeatureHasher::new(spec);
        let example = |(tokens, tags): (&Vec<String>, &Vec<usize>)| Example {
            rows: hasher.rows(tokens.iter().map(String::as_str)),
            tags: tags.clone(),
        };
        self.tokens.iter().zip(&self.tags).map(example).collect()
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
        assert_eq!(examples[0].tags, [1, 0, 3, 0]);
        assert_eq!(examples[0].rows.len(), 4 * 6);
    }
}
