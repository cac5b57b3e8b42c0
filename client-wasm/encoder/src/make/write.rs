//! Writes a pack.

use std::collections::{BTreeMap, HashMap};

use safetensors::{Dtype, tensor::TensorView};

use super::hub::Hub;
use crate::forward::{Rows, Weights};
use crate::linear::Linear;
use crate::pack::{ABOUT, About, FORMAT, FORMAT_KEY, PROJECTION, VOCABULARY, WeightSource};
use crate::quantised::quantise_rows;
use crate::tensors::Tensors;
use crate::{EncoderConfig, EncoderError};

/// The tensors of a pack, made from those of a hub.
pub(super) struct PackWriter {
    /// Of f32, before matrices become bytes.
    values: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
    vocabulary: Vec<u8>,
}

/// A tensor as it is written.
struct Stored {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

/// A hub's tensors, whose names begin with a prefix or not.
struct Source<'f> {
    tensors: Tensors<'f>,
    prefix: &'static str,
}

impl Source<'_> {
    fn get(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, EncoderError> {
        self.tensors.floats(&format!("{}{name}", self.prefix), shape)
    }

    /// A normalisation's scale or shift, by its new or its old name.
    fn norm(&self, name: &str, [new, old]: [&str; 2], width: usize) -> Result<Vec<f32>, EncoderError> {
        let old_name = format!("{}{name}.LayerNorm.{old}", self.prefix);
        let part = if self.tensors.has(&old_name) { old } else { new };
        self.get(&format!("{name}.LayerNorm.{part}"), &[width])
    }
}

impl PackWriter {
    /// Takes the layers up to `last` from a hub.
    pub fn new(hub: &Hub<'_>, last: usize) -> Result<Self, EncoderError> {
        let tensors = Tensors::open(hub.weights)?;
        let prefix = if tensors.has("bert.embeddings.word_embeddings.weight") { "bert." } else { "" };
        let source = Source { tensors, prefix };
        let mut writer = Self { values: BTreeMap::new(), vocabulary: hub.vocabulary.join("\n").into_bytes() };
        writer.embeddings(&source, &hub.config)?;
        for layer in 0..last {
            writer.layer(&source, &hub.config, layer)?;
        }
        Ok(writer)
    }

    fn embeddings(&mut self, source: &Source<'_>, config: &EncoderConfig) -> Result<(), EncoderError> {
        let width = config.hidden_size;
        let pieces = source.get("embeddings.word_embeddings.weight", &[config.vocab_size, width])?;
        self.set("pieces", &[config.vocab_size, width], pieces);
        let mut positions =
            source.get("embeddings.position_embeddings.weight", &[config.max_position_embeddings, width])?;
        // Every note is a first segment.
        let name = "embeddings.token_type_embeddings.weight";
        let segment = (1..=2).find_map(|types| source.get(name, &[types, width]).ok());
        let segment =
            segment.ok_or_else(|| EncoderError(format!("the tensor {name} is missing or has a wrong shape")))?;
        for row in positions.chunks_exact_mut(width) {
            row.iter_mut().zip(&segment).for_each(|(value, segment)| *value += segment);
        }
        self.set("positions", &[config.max_position_embeddings, width], positions);
        self.norm(source, "norm", "embeddings", width)
    }

    fn layer(&mut self, source: &Source<'_>, config: &EncoderConfig, layer: usize) -> Result<(), EncoderError> {
        let EncoderConfig { hidden_size: width, intermediate_size: wide, .. } = *config;
        let from = |name: &str| format!("encoder.layer.{layer}.{name}");
        let to = |name: &str| format!("layer.{layer}.{name}");
        let (mut weight, mut bias) = (Vec::new(), Vec::new());
        for part in ["query", "key", "value"] {
            weight.extend(source.get(&from(&format!("attention.self.{part}.weight")), &[width, width])?);
            bias.extend(source.get(&from(&format!("attention.self.{part}.bias")), &[width])?);
        }
        self.linear(&to("attention.in"), weight, bias, width);
        for (name, hub_name, [outputs, inputs]) in [
            ("attention.out", "attention.output.dense", [width, width]),
            ("feed.in", "intermediate.dense", [wide, width]),
            ("feed.out", "output.dense", [width, wide]),
        ] {
            let weight = source.get(&from(&format!("{hub_name}.weight")), &[outputs, inputs])?;
            let bias = source.get(&from(&format!("{hub_name}.bias")), &[outputs])?;
            self.linear(&to(name), weight, bias, inputs);
        }
        self.norm(source, &to("attention.norm"), &from("attention.output"), width)?;
        self.norm(source, &to("feed.norm"), &from("output"), width)
    }

    fn linear(&mut self, name: &str, weight: Vec<f32>, bias: Vec<f32>, inputs: usize) {
        self.set(&format!("{name}.weight"), &[bias.len(), inputs], weight);
        self.set(&format!("{name}.bias"), &[bias.len()], bias);
    }

    fn norm(&mut self, source: &Source<'_>, to: &str, from: &str, width: usize) -> Result<(), EncoderError> {
        let gamma = source.norm(from, ["weight", "gamma"], width)?;
        let beta = source.norm(from, ["bias", "beta"], width)?;
        self.set(&format!("{to}.gamma"), &[width], gamma);
        self.set(&format!("{to}.beta"), &[width], beta);
        Ok(())
    }

    /// Sets the projection: `weight` is `[components, width]`.
    pub fn set_projection(&mut self, weight: Vec<f32>, bias: Vec<f32>, width: usize) {
        self.set(&format!("{PROJECTION}.weight"), &[bias.len(), width], weight);
        self.set(&format!("{PROJECTION}.bias"), &[bias.len()], bias);
    }

    fn set(&mut self, name: &str, shape: &[usize], values: Vec<f32>) {
        self.values.insert(name.to_owned(), (shape.to_vec(), values));
    }

    /// The weights as bytes.
    pub fn quantised(&self, config: &EncoderConfig) -> Result<Weights, EncoderError> {
        let bytes = self.serialised(None)?;
        crate::pack::weights(&Tensors::open(&bytes)?, config)
    }

    /// The tensors as they are written.
    fn stored(&self) -> BTreeMap<String, Stored> {
        let mut tensors = BTreeMap::new();
        let shape = vec![self.vocabulary.len()];
        tensors.insert(VOCABULARY.to_owned(), Stored { dtype: Dtype::U8, shape, bytes: self.vocabulary.clone() });
        let floats = |values: &[f32], shape: &[usize]| {
            let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            Stored { dtype: Dtype::F32, shape: shape.to_vec(), bytes }
        };
        for (name, (shape, values)) in &self.values {
            if let ([rows, columns], false) = (&shape[..], name.starts_with(PROJECTION)) {
                let (bytes, scales) = quantise_rows(values, *columns);
                tensors.insert(format!("{name}.scale"), floats(&scales, &[*rows]));
                let bytes = bytes.into_iter().map(|byte| byte as u8).collect();
                tensors.insert(name.clone(), Stored { dtype: Dtype::I8, shape: shape.clone(), bytes });
            } else {
                tensors.insert(name.clone(), floats(values, shape));
            }
        }
        tensors
    }

    /// The pack's bytes.
    pub fn write(&self, about: &About) -> Result<Vec<u8>, EncoderError> {
        let description = serde_json::to_string(about).map_err(|error| failed(&error))?;
        let metadata = HashMap::from([(FORMAT_KEY.to_owned(), FORMAT.to_owned()), (ABOUT.to_owned(), description)]);
        canonical(self.serialised(Some(metadata))?)
    }

    fn serialised(&self, metadata: Option<HashMap<String, String>>) -> Result<Vec<u8>, EncoderError> {
        let tensors = self.stored();
        let mut views = Vec::with_capacity(tensors.len());
        for (name, Stored { dtype, shape, bytes }) in &tensors {
            let view = TensorView::new(*dtype, shape.clone(), bytes).map_err(|error| failed(&error))?;
            views.push((name.as_str(), view));
        }
        safetensors::serialize(views, metadata).map_err(|error| failed(&error))
    }
}

/// The weights before they become bytes.
impl WeightSource for PackWriter {
    fn vector(&self, name: &str, width: usize) -> Result<Vec<f32>, EncoderError> {
        let found = self.values.get(name).filter(|(shape, _)| shape[..] == [width]);
        found.map(|(_, values)| values.clone()).ok_or_else(|| EncoderError(format!("the tensor {name} is missing")))
    }

    fn rows(&self, name: &str, shape: [usize; 2]) -> Result<Rows, EncoderError> {
        let found = self.values.get(name).filter(|(found, _)| found[..] == shape);
        let values = found.map(|(_, values)| values.clone());
        values.map(Rows::Plain).ok_or_else(|| EncoderError(format!("the tensor {name} is missing")))
    }

    fn linear(&self, name: &str, [outputs, inputs]: [usize; 2]) -> Result<Linear, EncoderError> {
        let Rows::Plain(weight) = self.rows(&format!("{name}.weight"), [outputs, inputs])? else {
            return Err(EncoderError(format!("{name} is quantised")));
        };
        Ok(Linear::plain(weight, self.vector(&format!("{name}.bias"), outputs)?, inputs))
    }
}

fn failed(error: &dyn std::fmt::Display) -> EncoderError {
    EncoderError(format!("the pack can't be written: {error}"))
}

/// The header's keys in order, so that the same files make the same pack: safetensors writes its metadata as a hash map has
/// it.
fn canonical(bytes: Vec<u8>) -> Result<Vec<u8>, EncoderError> {
    let damaged = || EncoderError::new("the pack's header can't be read back");
    let length = bytes.first_chunk::<8>().map(|length| u64::from_le_bytes(*length) as usize).ok_or_else(damaged)?;
    let header = bytes.get(8..8 + length).ok_or_else(damaged)?;
    // Both levels by name: whether `serde_json` keeps an object's order is a matter of the whole program's features.
    let header: BTreeMap<String, BTreeMap<String, serde_json::Value>> =
        serde_json::from_slice(header).map_err(|_| damaged())?;
    let mut header = serde_json::to_vec(&header).map_err(|_| damaged())?;
    // Tensors begin at a multiple of eight bytes.
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut canonical = (header.len() as u64).to_le_bytes().to_vec();
    canonical.extend(header);
    canonical.extend(&bytes[8 + length..]);
    Ok(canonical)
}
