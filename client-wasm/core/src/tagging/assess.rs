//! Entities in new text, and how much a model would learn from it.

use fedner_protocol::ModelSpec;
use serde::Serialize;

use super::tagger::{TAGGING_BATCH, Tagger};
use crate::{
    batch::{Batch, Example},
    corpus::VectorsError,
    crf::{TaggedSentence, Uncertainty},
    features::FeatureHasher,
    labels::{LabelSet, Span, Tag},
    model::{DeviceError, Model},
    observer::{Event, NoopObserver, Observer},
    text::{Sentence, sentences},
};

/// Sentences that are sorted by length together, so that little is padded.
const POOL_SENTENCES: usize = 8 * TAGGING_BATCH;

/// A text to find entities in.
pub trait NoteText {
    /// The text.
    fn text(&self) -> &str;

    /// The vectors of its words, as in [`WordVectors`](crate::corpus::WordVectors); empty for a model without a pretrained
    /// encoder.
    fn vectors(&self) -> &[i8] {
        &[]
    }
}

impl<T: AsRef<str>> NoteText for T {
    fn text(&self) -> &str {
        self.as_ref()
    }
}

/// A text that a model's pretrained encoder has read, or one for a model without such an encoder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadText {
    text: String,
    vectors: Vec<i8>,
}

impl ReadText {
    /// A text with the vectors of its words; none for a model without a pretrained encoder. `id` names it in the error.
    ///
    /// # Errors
    /// When they are not as many as the text's words need.
    pub fn new(id: &str, text: String, vectors: Vec<i8>, spec: &ModelSpec) -> Result<Self, VectorsError> {
        let found = vectors.len();
        let words = || sentences(&text).iter().map(|sentence| sentence.tokens.len()).sum::<usize>();
        let expected = if spec.vector_width() == 0 { 0 } else { words() * spec.vector_width() };
        if found == expected {
            Ok(Self { text, vectors })
        } else {
            Err(VectorsError { note: id.to_owned(), expected, found })
        }
    }
}

impl NoteText for ReadText {
    fn text(&self) -> &str {
        &self.text
    }

    fn vectors(&self) -> &[i8] {
        &self.vectors
    }
}

/// An entity the model found, by character offsets, with its probability.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "Suggestion"))]
pub struct Prediction {
    /// Where, and of which type.
    #[serde(flatten)]
    pub span: Span,
    /// Probability of exactly this span under the CRF at the model's temperature, 0 to 1.
    pub confidence: f64,
}

/// What a model finds in a document, and how uncertain it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Assessment {
    /// The entities it finds, in the order of the text.
    pub entities: Vec<Prediction>,
    /// Its uncertainty about each sentence.
    pub sentences: Vec<Uncertainty>,
}

impl Assessment {
    /// Words and punctuation marks of the document.
    pub fn tokens(&self) -> usize {
        self.sentences.iter().map(|sentence| sentence.tokens).sum()
    }

    /// How unsure the model is of the document, 0 to 1: the documents with the highest are the most useful to label
    /// next.
    ///
    /// It is `1 − e^(−d)`, where `d` is the mean over its sentences of [`Uncertainty::by_length`]: of a single sentence, one
    /// minus the geometric mean of its tokens' shares in the probability of the best tag sequence.
    pub fn uncertainty(&self) -> f64 {
        if self.sentences.is_empty() {
            return 0.0;
        }
        let mean = self.sentences.iter().map(Uncertainty::by_length).sum::<f64>() / self.sentences.len() as f64;
        1.0 - (-mean).exp()
    }
}

/// Finds entities in a text.
///
/// # Errors
/// When the device failed.
pub async fn predict(model: &Model, text: impl NoteText) -> Result<Assessment, DeviceError> {
    let assessed = assess(model, &[text], &mut NoopObserver).await?;
    Ok(assessed.into_iter().next().unwrap_or_default())
}

/// Assesses many documents, in slices between which the observer can handle messages; reports progress. When it is
/// cancelled, the result has the first documents only.
///
/// # Errors
/// When the device failed.
pub async fn assess<T: NoteText>(
    model: &Model,
    texts: &[T],
    observer: &mut impl Observer,
) -> Result<Vec<Assessment>, DeviceError> {
    let tagger = Tagger::new(model).await?;
    let mut assessed = Vec::with_capacity(texts.len());
    while assessed.len() < texts.len() {
        let pool = Pool::fill(&texts[assessed.len()..], model.layout().spec().vector_width());
        let Some(tagged) = pool.tag(model, &tagger, observer).await? else { break };
        assessed.extend(pool.assessments(tagged, model.layout().labels()));
        observer.event(Event::Assessed { done: assessed.len(), total: texts.len() });
    }
    Ok(assessed)
}

/// The sentences of some documents.
struct Pool<'t> {
    documents: usize,
    /// Each sentence with its document's place and text, in order.
    sentences: Vec<(usize, &'t str, Sentence)>,
    /// The vectors of each sentence's words.
    vectors: Vec<&'t [i8]>,
}

impl<'t> Pool<'t> {
    /// Whole documents from the front, until there are enough sentences.
    fn fill<T: NoteText>(texts: &'t [T], vector_width: usize) -> Self {
        let mut pool = Self { documents: 0, sentences: Vec::new(), vectors: Vec::new() };
        for (at, text) in texts.iter().enumerate() {
            if pool.sentences.len() >= POOL_SENTENCES {
                break;
            }
            let (text, mut vectors) = (text.text(), text.vectors());
            for sentence in sentences(text) {
                let (own, rest) = vectors.split_at((sentence.tokens.len() * vector_width).min(vectors.len()));
                vectors = rest;
                pool.sentences.push((at, text, sentence));
                pool.vectors.push(own);
            }
            pool.documents += 1;
        }
        pool
    }

    /// What the model finds in each sentence; nothing when it was cancelled.
    async fn tag(
        &self,
        model: &Model,
        tagger: &Tagger<'_>,
        observer: &mut impl Observer,
    ) -> Result<Option<Vec<TaggedSentence>>, DeviceError> {
        let hasher = FeatureHasher::new(model.layout().spec());
        let mut order: Vec<usize> = (0..self.sentences.len()).collect();
        order.sort_by_key(|at| self.sentences[*at].2.tokens.len());
        let mut found: Vec<(usize, TaggedSentence)> = Vec::with_capacity(order.len());
        for chunk in order.chunks(TAGGING_BATCH) {
            if observer.is_cancelled() {
                return Ok(None);
            }
            let examples: Vec<Example> = chunk.iter().map(|at| self.example(*at, &hasher)).collect();
            let tagged = tagger.tag(&Batch::new(&examples, tagger.rows_per_token)).await?;
            found.extend(chunk.iter().copied().zip(tagged));
            observer.yield_now().await;
        }
        found.sort_by_key(|(at, _)| *at);
        Ok(Some(found.into_iter().map(|(_, tagged)| tagged).collect()))
    }

    fn example(&self, at: usize, hasher: &FeatureHasher) -> Example {
        let (_, text, sentence) = &self.sentences[at];
        let rows = hasher.rows(sentence.tokens.iter().map(|token| token.text(text)));
        Example { rows, tags: vec![Tag::OUTSIDE; sentence.tokens.len()], vectors: self.vectors[at].to_vec() }
    }

    fn assessments(&self, tagged: Vec<TaggedSentence>, labels: &LabelSet) -> Vec<Assessment> {
        let mut assessments = vec![Assessment::default(); self.documents];
        for ((document, _, sentence), tagged) in self.sentences.iter().zip(tagged) {
            let assessment = &mut assessments[*document];
            assessment.sentences.push(tagged.uncertainty);
            for (span, confidence) in tagged.spans.iter().zip(tagged.confidences) {
                let Some(chars) = span.chars(sentence) else { continue };
                let label = labels.types()[span.label].clone();
                assessment
                    .entities
                    .push(Prediction { span: Span { start: chars.start, end: chars.end, label }, confidence });
            }
        }
        assessments
    }
}
