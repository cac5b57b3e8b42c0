//! Scores on held-out notes, and the temperature that is chosen on them.

use super::{
    calibrate::Evidence,
    tagger::{TAGGING_BATCH, Tagger},
};
use crate::{
    batch::{Batch, Example},
    crf::{TaggedSentence, Temperature},
    labels::tags_to_spans,
    model::{DeviceError, Model},
    observer::Observer,
    scores::{Counts, Scores},
};

/// Scores a model on examples. Ends early with what it has when it is cancelled.
///
/// # Errors
/// When the device failed.
pub async fn evaluate(
    model: &Model,
    examples: &[Example],
    observer: &mut impl Observer,
) -> Result<Scores, DeviceError> {
    let mut counts = Counts::new();
    let count = |example: &Example, found: TaggedSentence| counts.add(&tags_to_spans(&example.tags), &found.spans);
    tag(model, examples, observer, count).await?;
    Ok(counts.scores(model.layout().labels()))
}

/// Scores a model on held-out examples, and chooses the temperature of its confidences there, if it finds enough. Nothing
/// when it is cancelled.
pub(crate) async fn evaluate_and_calibrate(
    model: &Model,
    held_out: &[Example],
    observer: &mut impl Observer,
) -> Result<Option<(Scores, Option<Temperature>)>, DeviceError> {
    let labels = model.layout().labels();
    let tagger = Tagger::new(model).await?;
    let (mut counts, mut evidence) = (Counts::new(), Evidence::of(held_out, labels.tags()));
    let see = |example: &Example, emissions: &[f32], found: TaggedSentence| {
        let gold = tags_to_spans(&example.tags);
        counts.add(&gold, &found.spans);
        evidence.add(emissions, &found.spans, &gold);
    };
    tag_all(&tagger, held_out, observer, see).await?;
    if observer.is_cancelled() {
        return Ok(None); // only a part was seen
    }
    let temperature = evidence.fit(tagger.crf());
    observer.yield_now().await;
    Ok(Some((counts.scores(labels), temperature)))
}

/// Hands out what a model finds in each example, shortest first. Ends early when it is cancelled.
///
/// # Errors
/// When the device failed.
pub async fn tag(
    model: &Model,
    examples: &[Example],
    observer: &mut impl Observer,
    mut take: impl FnMut(&Example, TaggedSentence),
) -> Result<(), DeviceError> {
    let tagger = Tagger::new(model).await?;
    tag_all(&tagger, examples, observer, |example, _, tagged| take(example, tagged)).await
}

/// The same, with the emissions of each example.
async fn tag_all(
    tagger: &Tagger<'_>,
    examples: &[Example],
    observer: &mut impl Observer,
    mut take: impl FnMut(&Example, &[f32], TaggedSentence),
) -> Result<(), DeviceError> {
    let mut order: Vec<&Example> = examples.iter().filter(|e| !e.tags.is_empty()).collect();
    order.sort_by_key(|e| e.tags.len());
    for chunk in order.chunks(TAGGING_BATCH) {
        if observer.is_cancelled() {
            break;
        }
        let batch = Batch::new(chunk.iter().copied(), tagger.rows_per_token);
        let mut shown = chunk.iter();
        let show = |emissions: &[f32], tagged| {
            if let Some(example) = shown.next() {
                take(example, emissions, tagged);
            }
        };
        tagger.tag_each(&batch, show).await?;
        observer.yield_now().await;
    }
    Ok(())
}
