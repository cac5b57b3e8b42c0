//! A pretrained encoder that reads the notes first.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
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

/// What of which encoder. Which one is in the model's specification.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EncoderChoice {
    /// The first and the last layer.
    layers: [usize; 2],
    /// Elements of a word's vector.
    width: usize,
    #[serde(skip)]
    pack: PackFile,
}

/// A pack's bytes. They are no part of the results: the model names them by their digest.
#[derive(Debug, Clone, Default)]
struct PackFile(Arc<Vec<u8>>);

impl PartialEq for PackFile {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl EncoderOptions {
    /// The encoder that is asked for, its pack made.
    pub fn choice(&self) -> Result<Option<EncoderChoice>> {
        let Some(folder) = &self.folder else { return Ok(None) };
        let files = HubFiles::read(folder)?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut choice = PackChoice::usual(&files, name, files.licence().unwrap_or_default())?;
        match self.layers[..] {
            [] => {}
            [first, last] => choice.layers = [first, last],
            _ => bail!("--encoder-layers takes the first and the last layer, as in 3,4"),
        }
        choice.vector_width = self.width.unwrap_or(choice.vector_width);
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
        let pack = PackFile(Arc::new(made.bytes));
        Ok(Some(EncoderChoice { layers: choice.layers, width: choice.vector_width, pack }))
    }
}

impl EncoderChoice {
    /// Opens its pack, as a tab would.
    pub fn open(&self) -> Result<Encoder> {
        Ok(Pack::read(&self.pack.0)?.encoder()?)
    }

    /// The pack's file.
    pub fn pack(&self) -> &[u8] {
        &self.pack.0
    }
}
