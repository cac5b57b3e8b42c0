//! A model ready to tag.

use crate::{
    batch::Batch,
    compute::emissions,
    crf::{Crf, TaggedSentence, TemperedCrf},
    features::FeatureHasher,
    model::{DeviceError, Model, read},
};

/// Sentences tagged at once.
pub(super) const TAGGING_BATCH: usize = 64;

/// A model with its CRF on the host.
pub(super) struct Tagger<'m> {
    model: &'m Model,
    crf: Crf,
    /// At the model's temperature.
    tempered: TemperedCrf,
    /// Embedding rows of each token.
    pub rows_per_token: usize,
}

impl<'m> Tagger<'m> {
    /// Reads what must be on the host.
    pub async fn new(model: &'m Model) -> Result<Self, DeviceError> {
        let layout = model.layout();
        let crf = Crf::new(layout.labels(), &read(model.values().clone().slice([layout.crf_range()])).await?);
        Ok(Self {
            model,
            tempered: crf.at(model.temperature()),
            crf,
            rows_per_token: FeatureHasher::new(layout.spec()).rows_per_token(),
        })
    }

    /// What it finds in each sentence of a batch.
    pub async fn tag(&self, batch: &Batch) -> Result<Vec<TaggedSentence>, DeviceError> {
        let mut found = Vec::with_capacity(batch.lengths.len());
        self.tag_each(batch, |_, tagged| found.push(tagged)).await?;
        Ok(found)
    }

    /// Hands out what it finds in each sentence of a batch, in order, after the sentence's emissions, `[tokens, tags]`.
    pub async fn tag_each(
        &self,
        batch: &Batch,
        mut take: impl FnMut(&[f32], TaggedSentence),
    ) -> Result<(), DeviceError> {
        let tags = self.model.layout().labels().tags();
        let scores = emissions(self.model, batch).await?;
        for (length, scores) in batch.lengths.iter().zip(scores.chunks(batch.width * tags)) {
            let emissions = &scores[..length * tags];
            take(emissions, self.crf.tag(emissions, &self.tempered));
        }
        Ok(())
    }

    /// The model's CRF.
    pub fn crf(&self) -> &Crf {
        &self.crf
    }
}
