//! Makes packs from the files that a model hub has: `config.json`, `model.safetensors`, and `vocab.txt` or `tokenizer.json`.

mod hub;
mod projection;
mod public_text;
mod write;

pub use hub::HubFiles;
pub use public_text::sample_notes;

use fedner_kernels::math::dot;

use crate::forward::Weights;
use crate::pack::About;
use crate::{Encoder, EncoderError, Pack, Tokeniser};
use write::PackWriter;

/// Words that a projection is fitted on, at least.
const FIT_WORDS_MIN: usize = 1000;
/// Words that it is fitted on, at most.
const FIT_WORDS_MAX: usize = 200_000;
/// The root of the mean square of all elements of the vectors.
const VECTOR_RMS: f64 = 0.5;

/// A hub's encoder in f32, as its own library has it: what packs are compared with.
pub struct Reference {
    weights: Weights,
    tokeniser: Tokeniser,
}

impl Reference {
    /// Reads all layers.
    ///
    /// # Errors
    /// When the files are not those of a supported encoder.
    pub fn read(files: &HubFiles) -> Result<Self, EncoderError> {
        let hub = hub::Hub::read(files)?;
        let writer = PackWriter::new(&hub, hub.config.num_hidden_layers)?;
        let weights = crate::pack::weights(&writer, &hub.config)?;
        Ok(Self { weights, tokeniser: Tokeniser::new(&hub.vocabulary.join("\n"), hub.tokeniser)? })
    }

    /// Its tokeniser.
    pub fn tokeniser(&self) -> &Tokeniser {
        &self.tokeniser
    }

    /// The hidden states of a sequence of pieces behind a layer, counted from 0, `[pieces, width]`.
    pub fn hidden_states(&self, pieces: &[u32], layer: usize) -> Vec<f32> {
        let whole = 0..pieces.len();
        self.weights.forward(pieces, std::slice::from_ref(&whole), layer..layer + 1, &mut Default::default())
    }
}

/// The same of an encoder whose weights are bytes, as a pack has them.
///
/// # Errors
/// When the files are not those of a supported encoder.
pub fn quantised_hidden_states(files: &HubFiles, pieces: &[u32], layer: usize) -> Result<Vec<f32>, EncoderError> {
    let hub = hub::Hub::read(files)?;
    let weights = PackWriter::new(&hub, hub.config.num_hidden_layers)?.quantised(&hub.config)?;
    let whole = 0..pieces.len();
    Ok(weights.forward(pieces, std::slice::from_ref(&whole), layer..layer + 1, &mut Default::default()))
}

/// What of an encoder a pack shall have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackChoice {
    /// What people call it.
    pub name: String,
    /// Its licence, as SPDX names it.
    pub licence: String,
    /// The first and the last of the layers whose outputs are averaged, counted from 1. Layers above are left out.
    pub layers: [usize; 2],
    /// Elements of a word's vector; at most as many as a hidden state has.
    pub vector_width: usize,
}

/// Elements of a word's vector where nothing else is asked for.
const VECTOR_WIDTH: usize = 128;

impl PackChoice {
    /// What is made of an encoder where nothing else is asked for: the third and the fourth layer, as far as it has them,
    /// and 128 elements a word.
    ///
    /// # Errors
    /// When the encoder is not supported.
    pub fn usual(files: &HubFiles, name: String, licence: String) -> Result<Self, EncoderError> {
        let config = crate::EncoderConfig::parse(&files.config)?;
        let layers = [3, 4].map(|layer| layer.min(config.num_hidden_layers));
        Ok(Self { name, licence, layers, vector_width: VECTOR_WIDTH.min(config.hidden_size) })
    }
}

/// A pack that was made.
#[derive(Debug, Clone)]
pub struct MadePack {
    /// The file.
    pub bytes: Vec<u8>,
    /// The share of the variance that the projection keeps, 0 to 1.
    pub kept_variance: f64,
    /// Words that it was fitted on.
    pub words: usize,
}

/// Makes a pack. The projection is that on the principal components of the words' vectors in `texts`, which must be public:
/// nothing else of them goes into the pack.
///
/// # Errors
/// When the files are not those of a supported encoder, or the choice does not fit it, or there is too little text.
pub fn make(files: &HubFiles, choice: &PackChoice, texts: &[&str]) -> Result<MadePack, EncoderError> {
    let hub = hub::Hub::read(files)?;
    let [first, last] = choice.layers;
    if first < 1 || first > last || last > hub.config.num_hidden_layers {
        let layers = hub.config.num_hidden_layers;
        return Err(EncoderError(format!("layers {first} to {last} were asked for; the encoder has 1 to {layers}")));
    }
    let mut about = About {
        name: choice.name.clone(),
        licence: choice.licence.clone(),
        card: hub.card.clone(),
        config: hub.config.clone(),
        tokeniser: hub.tokeniser,
        first_averaged: first,
        vector_width: hub.config.hidden_size,
    };
    about.config.num_hidden_layers = last;
    let mut writer = PackWriter::new(&hub, last)?;
    // At first each vector is the hidden state itself: what is fitted are the vectors of the bytes as they will be used.
    let width = hub.config.hidden_size;
    let identity: Vec<f32> = (0..width * width).map(|at| if at / width == at % width { 1.0 } else { 0.0 }).collect();
    writer.set_projection(identity, vec![0.0; width], width);
    let whole = writer.write(&about)?;
    let means = word_means(&mut Pack::read(&whole)?.encoder()?, texts, width)?;
    let fitted = projection::fit(&means, width, choice.vector_width, VECTOR_RMS);
    about.vector_width = choice.vector_width;
    about.validate()?;
    let bias = fitted.components.chunks_exact(width).map(|row| -dot(row, &fitted.centre)).collect();
    writer.set_projection(fitted.components, bias, width);
    Ok(MadePack { bytes: writer.write(&about)?, kept_variance: fitted.kept_variance, words: means.len() / width })
}

fn word_means(encoder: &mut Encoder, texts: &[&str], width: usize) -> Result<Vec<f32>, EncoderError> {
    let mut means = Vec::new();
    for text in texts {
        means.extend(encoder.word_means(text).values);
        if means.len() / width >= FIT_WORDS_MAX {
            break;
        }
    }
    let words = means.len() / width;
    if words < FIT_WORDS_MIN {
        return Err(EncoderError(format!(
            "the projection needs at least {FIT_WORDS_MIN} words of public text to be fitted on, these are {words}"
        )));
    }
    Ok(means)
}
