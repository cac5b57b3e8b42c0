//! Scores on held-out notes.

use super::tagger::{TAGGING_BATCH, Tagger};
use crate::{
    batch::{Batch, Example},
    labels::tags_to_spans,
    model::{DeviceError, Model, Tagged},
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
    let count = |example: &Example, found: Tagged| counts.add(&tags_to_spans(&example.tags), &found.spans);
    tag(model, examples, observer, count).await?;
    Ok(counts.scores(model.layout().labels()))
}

/// Hands out what a model finds in each example, shortest first. Ends early when it is cancelled.
///
/// # Errors
/// When the device failed.
pub async fn tag(
    model: &Model,
    examples: &[Example],
    observer: &mut impl Observer,
    mut take: impl FnMut(&Example, Tagged),
) -> Result<(), DeviceError> {
    let tagger = Tagger::new(model).await?;
    let mut order: Vec<&Example> = examples.iter().filter(|e| !e.tags.is_empty()).collect();
    order.sort_by_key(|e| e.tags.len());
    for chunk in order.chunks(TAGGING_BATCH) {
        if observer.is_cancelled() {
            break;
        }
        let tagged = tagger.tag(&Batch::new(chunk.iter().copied(), tagger.rows_per_token)).await?;
        for (example, found) in chunk.iter().zip(tagged) {
            take(example, found);
        }
        observer.breathe().await;
    }
    Ok(())
}
