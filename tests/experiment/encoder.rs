//! A pretrained encoder that reads the notes first.

use std::path::PathBuf;

use anyhow::{Context, Result};
use fedner_encoder::make::{HubFiles, PackChoice, make, sample_notes};
use fedner_encoder::{Encoder, Pack};
use serde::{Deserialize, Serialize};

/// The options of the encoder.
#[derive(clap::Args)]
pub struct EncoderOptions {
    /// A folder with a pretrained encoder's own files: it reads the notes first
    #[arg(long = "encoder", value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// The first and the last of its layers whose outputs are averaged, as in 3,4
    #[arg(long = "encoder-layers", value_name = "LAYERS", value_delimiter = ',', num_args = 1, requires = "folder")]
    layers: Vec<usize>,
    /// Elements of a word's vector
    #[arg(long = "vector-width", value_name = "N", requires = "folder")]
    width: Option<usize>,
    /// Public text that its projection is fitted on, instead of the page's sample notes
    #[arg(long = "projection-text", value_name = "FILE", requires = "folder")]
    text: Option<PathBuf>,
}

/// What of which encoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EncoderChoice {
    /// The folder's name is no part of the results: the model names the pack.
    #[serde(skip)]
    folder: PathBuf,
    #[serde(skip)]
    text: Option<PathBuf>,
    /// The first and the last layer.
    layers: [usize; 2],
    /// Elements of a word's vector.
    width: usize,
}

impl EncoderOptions {
    /// The encoder that is asked for.
    pub fn choice(&self) -> Result<Option<EncoderChoice>> {
        let Some(folder) = &self.folder else { return Ok(None) };
        let usual = PackChoice::usual(&HubFiles::read(folder)?, String::new(), String::new())?;
        let layers = match self.layers[..] {
            [] => usual.layers,
            [first, last] => [first, last],
            _ => anyhow::bail!("--encoder-layers takes the first and the last layer, as in 3,4"),
        };
        let width = self.width.unwrap_or(usual.vector_width);
        Ok(Some(EncoderChoice { folder: folder.clone(), text: self.text.clone(), layers, width }))
    }
}

impl EncoderChoice {
    /// Makes its pack and opens it, as a tab would.
    pub fn open(&self) -> Result<Encoder> {
        let files = HubFiles::read(&self.folder)?;
        let name = self.folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let choice = PackChoice { name, licence: String::new(), layers: self.layers, vector_width: self.width };
        let text = match &self.text {
            Some(file) => std::fs::read_to_string(file).with_context(|| format!("can't read {}", file.display()))?,
            None => sample_notes(),
        };
        let made = make(&files, &choice, &[&text])?;
        println!(
            "the encoder's pack: {:.1} MB; the projection was fitted on {} words and keeps {:.0} % of their variance",
            made.bytes.len() as f64 / 1e6,
            made.words,
            100.0 * made.kept_variance
        );
        Ok(Pack::read(&made.bytes)?.encoder()?)
    }
}
