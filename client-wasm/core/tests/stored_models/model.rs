//! The small models that were stored, and the notes they were trained on.

use fedner_core::corpus::{Corpus, Note};
use fedner_core::labels::{LabelSet, Span};
use fedner_core::training::{LocalTraining, TrainingLength};
use fedner_protocol::{Feature, FeatureTable, ModelSpec, PrivateEncoder, TrainingPolicy};

/// One model of each private encoder.
pub const NAMES: [&str; 3] = ["convolution", "bilstm", "none"];

/// A text that no model was trained on.
pub const TEXT: &str = "Case 9: ultrazol was given and wristitis resolved.\nNo change, but lipazol was given again.";

/// The specification of a model, as small as one can be that learns something.
pub fn spec(name: &str) -> ModelSpec {
    let private_encoder = match name {
        "convolution" => PrivateEncoder::Convolution { blocks: 1 },
        "bilstm" => PrivateEncoder::Bilstm { hidden: 5 },
        _ => PrivateEncoder::None,
    };
    let table = |(feature, rows)| FeatureTable { feature, rows };
    ModelSpec {
        features: [(Feature::Form, 48), (Feature::Suffix3, 32), (Feature::Shape, 16)].map(table).to_vec(),
        embedding_width: 8,
        encoder_width: 12,
        private_encoder,
        ..ModelSpec::small()
    }
}

/// Notes in which a word's ending says its label; the held-out ones have other words.
pub fn corpus() -> Corpus {
    let drugs = ["cardizol", "neurazol", "pulmozol", "gastrozol", "hepazol", "renazol"];
    let symptoms = ["headitis", "throatitis", "backitis", "kneeitis", "elbowitis", "toeitis"];
    let note = |number: usize| {
        let (drug, symptom) = (drugs[number % 6], symptoms[(number / 6) % 6]);
        let text = format!("Case {number}: {drug} was given and {symptom} resolved.");
        let span = |word: &str, label: &str| {
            let start = text.find(word).expect("the word is in the text");
            Span { start, end: start + word.len(), label: label.into() }
        };
        let spans = vec![span(drug, "Drug"), span(symptom, "Symptom")];
        Note { id: number.to_string(), text, spans, held_out: number % 6 == 5 }
    };
    let labels = LabelSet::new(vec!["Drug".into(), "Symptom".into()]).expect("two labels are a set");
    Corpus::new(&(0..36).map(note).collect::<Vec<_>>(), labels)
}

/// Training on those notes.
pub fn task(epochs: u64) -> LocalTraining {
    let policy = TrainingPolicy { batch_size: 4, learning_rate: 1e-2, warmup_steps: 5, ..TrainingPolicy::default() };
    LocalTraining { length: TrainingLength::Epochs(epochs), policy }
}
