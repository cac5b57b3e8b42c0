//! What annotating asks and is told: tokens, suggestions, agreement.

use fedner_core::{
    agreement::{Agreement, Annotated, Disagreement, Kind, LabelAgreement, LeftOut},
    labels::{Fate, FlatDocument, Span},
    scores::Prf,
    text::{Sentence, Utf16Offsets},
    training::{Assessment, Prediction},
};
use js_sys::Uint32Array;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

use super::{set, to_chars, to_js, to_utf16};
use crate::errors::EngineError;

#[derive(Serialize)]
struct Fates {
    trained: Vec<bool>,
    reasons: Vec<Option<String>>,
}

/// A text's tokens, and what becomes of its entities.
pub fn examined(
    text: &str,
    sentences: &[Sentence],
    spans: &[Span],
    flat: &FlatDocument,
) -> Result<JsValue, EngineError> {
    let reasons: Vec<Option<String>> = flat.fates.iter().map(|fate: &Fate| fate.reason(spans)).collect();
    let object = to_js(&Fates { trained: reasons.iter().map(Option::is_none).collect(), reasons })?;
    let offsets = Utf16Offsets::new(text);
    let tokens = sentences.iter().flat_map(|sentence| &sentence.tokens);
    let ends = tokens.flat_map(|token| [token.chars.start, token.chars.end]);
    // A text has fewer than 2³² code units: a tab's memory could not hold another.
    let ends: Vec<u32> = ends.map(|chars| offsets.to_utf16(chars) as u32).collect();
    set(&object, "tokens", &Uint32Array::from(ends.as_slice()));
    Ok(object)
}

/// Entities found in a text.
#[derive(Serialize)]
pub struct PredictionReport {
    entities: Vec<Prediction>,
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

/// What the model makes of a text.
#[derive(Serialize)]
pub struct AssessmentReport {
    id: String,
    uncertainty: f64,
    #[serde(flatten)]
    found: PredictionReport,
}

impl AssessmentReport {
    /// The model's findings and doubt, with UTF-16 offsets.
    pub fn new(input: TextInput, assessment: Assessment) -> Self {
        let uncertainty = assessment.uncertainty();
        Self { uncertainty, found: PredictionReport::new(&input.text, assessment), id: input.id }
    }
}

/// A document of an annotation set.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
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
    pub fn into_annotated(self) -> Result<Annotated, EngineError> {
        let spans = to_chars(&self.id, &self.text, self.entities)?;
        Ok(Annotated { id: self.id, text: self.text, spans })
    }
}

/// How far two annotation sets agree.
#[derive(Serialize)]
pub struct AgreementReport {
    entity: Prf,
    by_label: Vec<LabelAgreement>,
    kappa: Option<f64>,
    documents: usize,
    disagreements: Vec<DisagreementReport>,
    left_out: Vec<LeftOut>,
}

#[derive(Serialize)]
struct DisagreementReport {
    id: String,
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
