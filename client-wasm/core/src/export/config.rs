//! What a program outside must know of a model beside its tensors.

use std::collections::BTreeMap;

use fedner_kernels::NORM_EPSILON;
use fedner_protocol::{Feature, ModelSpec, WORD_VECTOR_STEP};
use serde::Serialize;

use crate::{
    crf::Temperature,
    features::SHAPE_RUN_MAX,
    session::Session,
    text::{ABBREVIATION_BYTES_MAX, ABBREVIATIONS, NUMBERED, SENTENCE_TOKENS_MAX},
};

/// Raised when a script of an older export can't use a newer one.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Config<'s> {
    format: u32,
    labels: &'s [String],
    /// Tag 0 is O, 1 + 2k is B- and 2 + 2k is I- of label k.
    tags: &'static str,
    model: &'s ModelSpec,
    norm_epsilon: f64,
    /// What all scores are divided by before confidences are made of them.
    temperature: Temperature,
    hashing: Hashing,
    text: TextRules,
    /// What one step of a word vector's bytes is worth, for models with a pretrained encoder.
    #[serde(skip_serializing_if = "Option::is_none")]
    word_vector_step: Option<f32>,
}

#[derive(Serialize)]
struct Hashing {
    function: &'static str,
    seed: &'static str,
    feature_numbers: BTreeMap<String, u32>,
    shape_run_max: usize,
}

#[derive(Serialize)]
struct TextRules {
    sentence_tokens_max: usize,
    abbreviation_bytes_max: usize,
    abbreviations: &'static [&'static str],
    numbered: &'static [&'static str],
}

/// The configuration of a model, as JSON.
pub(super) fn config(session: &Session) -> String {
    let layout = session.model.layout();
    let number = |feature: Feature| {
        let name = serde_json::to_value(feature).ok().and_then(|name| name.as_str().map(str::to_owned));
        (name.unwrap_or_default(), feature as u32)
    };
    let config = Config {
        format: FORMAT,
        labels: layout.labels().types(),
        tags: "IOB2",
        model: layout.spec(),
        norm_epsilon: NORM_EPSILON,
        temperature: session.model.temperature(),
        hashing: Hashing {
            function: "XXH3 64 bits, modulo the table's rows",
            seed: "hash_seed << 32 | feature number << 8 | number of the hash",
            feature_numbers: layout.spec().features.iter().map(|table| number(table.feature)).collect(),
            shape_run_max: SHAPE_RUN_MAX,
        },
        text: TextRules {
            sentence_tokens_max: SENTENCE_TOKENS_MAX,
            abbreviation_bytes_max: ABBREVIATION_BYTES_MAX,
            abbreviations: ABBREVIATIONS,
            numbered: NUMBERED,
        },
        word_vector_step: layout.spec().pretrained.is_some().then_some(WORD_VECTOR_STEP),
    };
    // Plain data with text for keys always is JSON.
    serde_json::to_string_pretty(&config)
        .unwrap_or_else(|error| unreachable!("the configuration is plain data: {error}"))
}
