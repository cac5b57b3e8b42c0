//! A batch as burn tensors.

use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::{batch::Batch, model::upload};

/// A batch on a device.
pub(crate) struct BatchInput {
    pub sentences: usize,
    /// Tokens of the longest sentence.
    pub width: usize,
    /// Embedding rows, `[sentences · width · rows a token]`.
    pub rows: Tensor<1, Int>,
    /// The tokens' vectors, `[sentences · width, vector width]`, where there are any.
    pub vectors: Option<Tensor<2>>,
    /// 1 for tokens and 0 for padding, `[sentences, width, 1]`.
    pub mask: Tensor<3>,
    /// Scaled dropout masks, `[sentences, 1, blocks · encoder width + the LSTM's outputs]`.
    pub dropout: Option<Tensor<3>>,
}

impl BatchInput {
    /// Copies a batch to the device.
    pub fn new(batch: &Batch, device: &Device) -> Self {
        let (sentences, width) = (batch.lengths.len(), batch.width);
        let rows = TensorData::new(batch.rows.clone(), [batch.rows.len()]);
        let mask = batch.lengths.iter().flat_map(|n| (0..width).map(move |t| if t < *n { 1.0 } else { 0.0 }));
        Self {
            sentences,
            width,
            rows: Tensor::from_data(rows, device),
            mask: upload(mask.collect(), device).reshape([sentences, width, 1]),
            vectors: vectors(batch, device),
            dropout: None,
        }
    }

    /// Adds dropout masks: `masks` holds one scaled value a sentence, block and channel, then the private LSTM's.
    pub fn with_dropout(mut self, masks: Vec<f32>, device: &Device) -> Self {
        // A model without any encoder above its input layer has nothing to drop.
        if masks.is_empty() {
            return self;
        }
        let channels = masks.len() / self.sentences;
        self.dropout = Some(upload(masks, device).reshape([self.sentences, 1, channels]));
        self
    }
}

fn vectors(batch: &Batch, device: &Device) -> Option<Tensor<2>> {
    let tokens = batch.lengths.len() * batch.width;
    let width = batch.vectors.len() / tokens.max(1);
    (width > 0).then(|| upload(batch.vectors.clone(), device).reshape([tokens, width]))
}
