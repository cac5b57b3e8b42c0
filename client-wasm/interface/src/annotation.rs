//! Objects for annotating: tokens, suggestions, agreement.

use fedner_core::{
    agreement::{Agreement, Annotated, Disagreement, Kind, LabelAgreement, LeftOut},
    labels::{FlatDocument, Span, SpanOutcome},
    scores::Prf,
    tagging::{Assessment, Prediction},
    text::{Sentence, Utf16Offsets},
};
use serde::{Deserialize, Serialize};

use crate::{OffsetError, to_chars, to_utf16};

/// Which of a text's entities a flat tagger is trained on, in the order they were given.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ExaminedEntities {
    /// Whether each is trained on.
    trained: Vec<bool>,
    /// Why not, in words; null where it is.
    reasons: Vec<Option<String>>,
}

impl ExaminedEntities {
    /// What flattening made of the entities `spans`.
    pub fn new(spans: &[Span], flat: &FlatDocument) -> Self {
        let reasons: Vec<Option<String>> =
            flat.outcomes.iter().map(|outcome: &SpanOutcome| outcome.reason(spans)).collect();
        Self { trained: reasons.iter().map(Option::is_none).collect(), reasons }
    }
}

/// Start and end of each token as UTF-16 offsets, one pair after the other.
pub fn token_offsets(text: &str, sentences: &[Sentence]) -> Vec<u32> {
    let offsets = Utf16Offsets::new(text);
    let tokens = sentences.iter().flat_map(|sentence| &sentence.tokens);
    let ends = tokens.flat_map(|token| [token.chars.start, token.chars.end]);
    // A text has fewer than 2³² code units: a tab's memory could not hold another.
    ends.map(|chars| offsets.to_utf16(chars) as u32).collect()
}

/// Entities that the model found in a text.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "Prediction"))]
pub struct PredictionReport {
    entities: Vec<Prediction>,
    /// Words and punctuation marks of the text.
    tokens: usize,
}

impl PredictionReport {
    /// The model's findings, with UTF-16 offsets.
    pub fn new(text: &str, assessment: Assessment) -> Self {
        let tokens = assessment.tokens();
        let offsets = Utf16Offsets::new(text);
        let entities = assessment.entities.into_iter();
        let entities = entities.map(|p| Prediction { span: to_utf16(p.span, &offsets), ..p }).collect();
        Self { entities, tokens }
    }
}

/// A text to assess.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "TextDocument"))]
pub struct TextInput {
    /// Names it in the answer.
    pub id: String,
    /// What to look at.
    pub text: String,
}

impl AsRef<str> for TextInput {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

/// What the model finds in a text, and how uncertain it is.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "Assessment"))]
pub struct AssessmentReport {
    id: String,
    /// 0 to 1; the higher, the more the model learns from this document's labels. 0 for a text without words.
    uncertainty: f64,
    #[serde(flatten)]
    found: PredictionReport,
}

impl AssessmentReport {
    /// The model's findings and uncertainty, with UTF-16 offsets.
    pub fn new(input: TextInput, assessment: Assessment) -> Self {
        let uncertainty = assessment.uncertainty();
        Self { uncertainty, found: PredictionReport::new(&input.text, assessment), id: input.id }
    }
}

/// A document of an annotation set.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "AnnotatedDocument"))]
pub struct AnnotatedInput {
    id: String,
    text: String,
    entities: Vec<Span>,
}

impl AnnotatedInput {
    /// The document, with character offsets.
    ///
    /// # Errors
    /// When an entity's offsets don't lie between characters of its text.
    pub fn into_annotated(self) -> Result<Annotated, OffsetError> {
        let spans = to_chars(&self.id, &self.text, self.entities)?;
        Ok(Annotated { id: self.id, text: self.text, spans })
    }
}

/// How far two annotation sets agree.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "Agreement"))]
pub struct AgreementReport {
    /// Strict, with the first set as the reference.
    entity: Prf,
    by_label: Vec<LabelAgreement>,
    /// Cohen's κ over tokens, each of one label or outside. Null where it is not defined.
    kappa: Option<f64>,
    /// Documents that were compared.
    documents: usize,
    disagreements: Vec<DisagreementReport>,
    /// Documents that could not be compared, and why.
    left_out: Vec<LeftOut>,
}

/// A place where two annotation sets differ.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "Disagreement"))]
pub(crate) struct DisagreementReport {
    id: String,
    /// Same borders or an overlap with another label is "label", an overlap with the same label is "borders".
    kind: Kind,
    a: Option<Span>,
    b: Option<Span>,
}

impl AgreementReport {
    /// With UTF-16 offsets; `a` is the first set.
    pub fn new(a: &[Annotated], agreement: Agreement) -> Self {
        let documents = agreement.compared.len();
        let places = agreement.compared.iter().zip(agreement.disagreements);
        let disagreements = places.flat_map(|((at, _), found)| {
            let Annotated { id, text, .. } = &a[*at];
            let offsets = Utf16Offsets::new(text);
            let report = move |Disagreement { kind, a, b }| {
                let [a, b] = [a, b].map(|span| span.map(|span| to_utf16(span, &offsets)));
                DisagreementReport { id: id.clone(), kind, a, b }
            };
            found.into_iter().map(report)
        });
        Self {
            documents,
            disagreements: disagreements.collect(),
            entity: agreement.entity,
            by_label: agreement.by_label,
            kappa: agreement.kappa,
            left_out: agreement.left_out,
        }
    }
}
