//! Tagging: scores on held-out notes, and entities in new text.

use burn::tensor::Tensor;
use serde::Serialize;

use crate::{
    batch::{Batch, Example},
    features::FeatureHasher,
    labels::{Span, TokenSpan, tags_to_spans},
    model::{BatchInput, Crf, DeviceError, Model, emissions, read},
    observer::Observer,
    scores::{Counts, Scores},
    text::{Sentence, sentences},
};

/// Sentences tagged at once.
const TAGGING_BATCH: usize = 64;

/// An entity the model found, by character offsets, with its probability.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prediction {
    /// Where, and of which type.
    #[serde(flatten)]
    pub span: Span,
    /// Probability of exactly this span under the CRF, 0 to 1.
    pub confidence: f64,
}

/// Scores a model on examples. Ends early with what it has when it is cancelled.
///
/// # Errors
/// When the device failed.
pub async fn evaluate(
    model: &Model,
    examples: &[Example],
    observer: &mut impl Observer,
) -> Result<Scores, DeviceError> {
    let tagger = Tagger::new(model).await?;
    let mut order: Vec<&Example> = examples.iter().filter(|e| !e.tags.is_empty()).collect();
    order.sort_by_key(|e| e.tags.len());
    let mut counts = Counts::new();
    for chunk in order.chunks(TAGGING_BATCH) {
        if observer.is_cancelled() {
            break;
        }
        let tagged = tagger.tag(&Batch::new(chunk.iter().copied(), tagger.rows_per_token)).await?;
        for (example, (predicted, _)) in chunk.iter().zip(&tagged) {
            counts.add(&tags_to_spans(&example.tags), predicted);
        }
        observer.breathe().await;
    }
    Ok(counts.scores(model.layout().labels()))
}

/// Finds entities in a text.
///
/// # Errors
/// When the device failed.
pub async fn predict(model: &Model, text: &str) -> Result<Vec<Prediction>, DeviceError> {
    let tagger = Tagger::new(model).await?;
    let hasher = FeatureHasher::new(model.layout().spec());
    let labels = model.layout().labels();
    let mut found = Vec::new();
    for chunk in sentences(text).chunks(TAGGING_BATCH) {
        let examples = chunk.iter().map(|s| untagged(s, text, &hasher)).collect::<Vec<_>>();
        let tagged = tagger.tag(&Batch::new(&examples, tagger.rows_per_token)).await?;
        for (sentence, (spans, confidences)) in chunk.iter().zip(tagged) {
            for (span, confidence) in spans.iter().zip(confidences) {
                let Some(chars) = span.chars(sentence) else { continue };
                let label = labels.types()[span.label].clone();
                found.push(Prediction { span: Span { start: chars.start, end: chars.end, label }, confidence });
            }
        }
    }
    Ok(found)
}

fn untagged(sentence: &Sentence, text: &str, hasher: &FeatureHasher) -> Example {
    let rows = hasher.rows(sentence.tokens.iter().map(|token| token.text(text)));
    Example { rows, tags: vec![0; sentence.tokens.len()] }
}

/// A model with its parameters split and its CRF scores on the host.
struct Tagger<'m> {
    model: &'m Model,
    parameters: Vec<Tensor<1>>,
    crf_scores: Vec<f32>,
    rows_per_token: usize,
}

impl<'m> Tagger<'m> {
    async fn new(model: &'m Model) -> Result<Self, DeviceError> {
        let layout = model.layout();
        Ok(Self {
            model,
            parameters: model.parameters(),
            crf_scores: read(model.values().clone().slice([layout.crf_range()])).await?,
            rows_per_token: FeatureHasher::new(layout.spec()).rows_per_token(),
        })
    }

    /// The spans of each sentence, with their probabilities.
    async fn tag(&self, batch: &Batch) -> Result<Vec<(Vec<TokenSpan>, Vec<f64>)>, DeviceError> {
        let layout = self.model.layout();
        let tags = layout.labels().tags();
        let input = BatchInput::new(batch, &self.model.device());
        let scores = read(emissions(layout, &self.parameters, &input)).await?;
        let crf = Crf::new(layout.labels(), &self.crf_scores);
        let sentences = batch.lengths.iter().zip(scores.chunks(batch.width * tags));
        let tag = |(length, scores): (&usize, &[f32])| {
            let scores = &scores[..length * tags];
            let spans = tags_to_spans(&crf.decode(scores));
            let confidences = spans.iter().map(|span| crf.span_confidence(scores, span)).collect();
            (spans, confidences)
        };
        Ok(sentences.map(tag).collect())
    }
}
