//! A model ready to tag.

use burn::tensor::Tensor;

use crate::{
    batch::Batch,
    features::FeatureHasher,
    fused::{self, StepInput},
    model::{BatchInput, Crf, DeviceError, Model, Tagged, emissions, read},
};

/// Sentences tagged at once.
pub(super) const TAGGING_BATCH: usize = 64;

/// A model with its parameters split and its CRF scores on the host.
pub(super) struct Tagger<'m> {
    model: &'m Model,
    parameters: Vec<Tensor<1>>,
    crf_scores: Vec<f32>,
    /// Embedding rows of each token.
    pub rows_per_token: usize,
}

impl<'m> Tagger<'m> {
    /// Reads what must be on the host.
    pub async fn new(model: &'m Model) -> Result<Self, DeviceError> {
        let layout = model.layout();
        Ok(Self {
            model,
            parameters: model.parameters(),
            crf_scores: read(model.values().clone().slice([layout.crf_range()])).await?,
            rows_per_token: FeatureHasher::new(layout.spec()).rows_per_token(),
        })
    }

    /// What it finds in each sentence of a batch.
    pub async fn tag(&self, batch: &Batch) -> Result<Vec<Tagged>, DeviceError> {
        let layout = self.model.layout();
        let tags = layout.labels().tags();
        let device = self.model.device();
        let scores = if fused::takes(&device, layout, batch) {
            fused::emissions(self.model, StepInput::new(layout, batch.clone(), None))
        } else {
            emissions(layout, &self.parameters, &BatchInput::new(batch, &device))
        };
        let scores = read(scores).await?;
        let crf = Crf::new(layout.labels(), &self.crf_scores);
        let sentences = batch.lengths.iter().zip(scores.chunks(batch.width * tags));
        Ok(sentences.map(|(length, scores)| crf.tag(&scores[..length * tags])).collect())
    }
}
