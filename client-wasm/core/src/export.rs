//! A trained model as one file to keep, share or use outside: the checkpoint, its card, its configuration, and a script
//! in Python that tags text with it.

mod card;
mod config;

pub use card::About;

use std::borrow::Cow;

use fedner_formats::{OutputFile, archive};

use crate::{
    scores::Scores,
    session::{CheckpointError, SaveError, Session},
};

/// The checkpoint's name in the archive.
const CHECKPOINT: &str = "model.safetensors";
/// The shared module alone.
const SHARED: &str = "shared.safetensors";
/// Uses the files beside it; its own documentation says how.
const SCRIPT: &str = include_str!("export/use_model.py");

/// Reads with a pretrained encoder, for models that have one.
const ENCODER_SCRIPT: &str = include_str!("export/read_encoder.py");

/// Why a model can't be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The model can't be saved.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// Its files can't be packed.
    #[error(transparent)]
    Archive(#[from] archive::ArchiveError),
}

impl Session {
    /// Packs the model with what is needed to use it. `scores` are those on the site's held-out notes, if there are any.
    ///
    /// # Errors
    /// When the model can't be saved, or its files can't be packed.
    pub async fn export(&self, about: &About, scores: Option<&Scores>) -> Result<Vec<u8>, ExportError> {
        let file = |name: &str, bytes: Vec<u8>| OutputFile { name: name.to_owned(), bytes };
        let mut files = vec![
            file("README.md", card::card(self, about, scores).into_bytes()),
            file(CHECKPOINT, self.save().await?),
            file(SHARED, self.save_shared().await?),
            file("config.json", config::config(self).into_bytes()),
            file("use_model.py", SCRIPT.as_bytes().to_vec()),
        ];
        if self.model.layout().spec().pretrained.is_some() {
            files.push(file("read_encoder.py", ENCODER_SCRIPT.as_bytes().to_vec()));
        }
        Ok(archive::pack(&files)?)
    }
}

/// The checkpoint in a file that a person gave: the file itself, or the one that an exported archive holds.
///
/// # Errors
/// When it is an archive without a checkpoint.
pub fn checkpoint_in(bytes: &[u8]) -> Result<Cow<'_, [u8]>, CheckpointError> {
    if !archive::is_archive(bytes) {
        return Ok(Cow::Borrowed(bytes));
    }
    let not = |why: String| CheckpointError::NotACheckpoint(why);
    let unpacked = archive::unpack("model.zip", bytes).map_err(|error| not(format!("the archive {error}")))?;
    // Unpacked and packed again by hand, the files may lie in a folder.
    let named = |file: &OutputFile| file.name == CHECKPOINT || file.name.ends_with(&format!("/{CHECKPOINT}"));
    let found = unpacked.files.into_iter().find(named);
    let found = found.ok_or_else(|| not(format!("the archive holds no {CHECKPOINT}")))?;
    Ok(Cow::Owned(found.bytes))
}

#[cfg(test)]
mod tests;
