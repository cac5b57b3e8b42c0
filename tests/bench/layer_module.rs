//! One bidirectional LSTM on WebGPU in a tab: `burn::nn::BiLstm` forwards and backwards with burn's automatic
//! differentiation, and a whole gradient of a model whose one layer of that size is the fused one, with that of the same
//! model without the layer: the difference is the layer's. Part of `cargo xtask bench --burn-lstm`, no part of the page.

#![allow(missing_docs)] // A program has nobody who reads its documentation.

use burn::nn::{BiLstm, BiLstmConfig};
use burn::tensor::{Device, Tensor, TensorData};
use fedner_core::{
    batch::{Batch, Example},
    compute::gradient,
    features::FeatureHasher,
    labels::{LabelSet, Tag},
    model::Model,
};
use fedner_protocol::{Feature, FeatureTable, ModelSpec, PrivateEncoder};
use wasm_bindgen::prelude::*;

/// Sentences, values of a token, cells a direction.
const SIZES: [usize; 3] = [16, 64, 64];
const ROWS: usize = 512;
const SEED: u64 = 1;

/// Both sides on the browser's adapter.
#[wasm_bindgen]
pub struct LayerBench {
    device: Device,
    with: Model,
    without: Model,
    composed: BiLstm,
}

#[wasm_bindgen]
impl LayerBench {
    /// Starts the device.
    pub async fn start() -> Result<LayerBench, JsError> {
        let device = Device::wgpu_options().init_async().await?;
        let [_, inputs, hidden] = SIZES;
        let spec = ModelSpec {
            features: vec![FeatureTable { feature: Feature::Form, rows: ROWS }],
            embedding_width: inputs,
            encoder_width: inputs,
            encoder_blocks: 0,
            private_encoder: PrivateEncoder::Bilstm { hidden },
            ..ModelSpec::small()
        };
        let labels = LabelSet::new(vec!["A".to_owned()])?;
        let without = ModelSpec { private_encoder: PrivateEncoder::None, ..spec.clone() };
        let [with, without] = [spec, without].map(|spec| Model::draw(&spec, &labels, SEED, &device));
        let composed = BiLstmConfig::new(inputs, hidden, true).init(&device.clone().autodiff());
        Ok(Self { device, with, without, composed })
    }

    /// The gradient of a model with the fused layer, by sentences of so many tokens; answers with a number made of it.
    pub async fn fused(&self, length: usize) -> Result<f64, JsError> {
        whole(&self.with, length).await
    }

    /// The same of the model without the layer.
    pub async fn without(&self, length: usize) -> Result<f64, JsError> {
        whole(&self.without, length).await
    }

    /// The gradient of burn's layer alone, summed.
    pub async fn composed(&self, length: usize) -> Result<f64, JsError> {
        let [sentences, inputs, _] = SIZES;
        let values: Vec<f32> = (0..sentences * length * inputs).map(|i| (i as f32 * 0.7).sin()).collect();
        let device = self.device.clone().autodiff();
        let input = Tensor::<3>::from_data(TensorData::new(values, [sentences, length, inputs]), &device);
        let input = input.require_grad();
        let (out, _) = self.composed.forward(input.clone(), None);
        let gradients = out.sum().backward();
        let d_input = input.grad(&gradients).ok_or_else(|| JsError::new("burn gave no gradient by the input"))?;
        let data = d_input.into_data_async().await.map_err(|e| JsError::new(&format!("{e:?}")))?;
        Ok(data.iter::<f64>().sum())
    }
}

async fn whole(model: &Model, length: usize) -> Result<f64, JsError> {
    let per_token = FeatureHasher::new(model.layout().spec()).rows_per_token();
    let sentences: Vec<Example> = (0..SIZES[0])
        .map(|sentence| {
            let row = |at| ((sentence * length * per_token + at) * 31 % ROWS) as i32;
            let rows = (0..length * per_token).map(row).collect();
            Example { rows, tags: vec![Tag::OUTSIDE; length], vectors: Vec::new() }
        })
        .collect();
    let found = gradient(model, &Batch::new(&sentences, per_token), None).await?;
    // Its end is the gradient's end: kernels run in the order in which they were launched.
    let loss = found.read_loss().await?;
    let last = found.values.slice(0..1).into_data_async().await.map_err(|e| JsError::new(&format!("{e:?}")))?;
    Ok(loss + last.iter::<f64>().sum::<f64>())
}
