//! The model that a command works with: from the state folder, or from a file that the page or this program wrote.

use std::path::PathBuf;

use burn::tensor::Device;
use clap::Args;
use fedner_core::export::checkpoint_in;
use fedner_core::session::{Choice, Session};
use fedner_encoder::Encoder;

use crate::encoder;
use crate::failure::Failure;
use crate::state_folder::StateFolder;

/// Where the state is where nothing else is said.
pub const STATE: &str = "fedner-site-state";

/// Largest model file that is read, in bytes.
const MODEL_BYTES_MAX: u64 = 1 << 30;

/// Which model to use.
#[derive(Debug, Args)]
pub struct ModelOptions {
    /// A model's file: a checkpoint (.safetensors) or an exported archive (.zip), of the page or of this program
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// The state folder whose model to use, where no file is given
    #[arg(long, value_name = "DIR", default_value = STATE)]
    state: PathBuf,
    /// The pack of the pretrained encoder that the model's file needs, if it needs one
    #[arg(long, value_name = "FILE")]
    encoder: Option<PathBuf>,
}

/// A session, with the encoder that its model needs.
pub struct OpenedModel {
    /// The session with the model in use.
    pub session: Session,
    /// None for a model without one.
    pub encoder: Option<Encoder>,
}

impl ModelOptions {
    /// Opens the model.
    ///
    /// # Errors
    /// When there is none, or it can't be used.
    pub fn open(&self) -> Result<OpenedModel, Failure> {
        let (session, folder) = match &self.model {
            Some(file) => (read(file)?, None),
            None => {
                let none = || Failure::Model(format!("there is no model in {}", self.state.display()));
                if !self.state.is_dir() {
                    return Err(none());
                }
                let folder = StateFolder::open(&self.state)?;
                (folder.session(&Device::flex())?.ok_or_else(none)?, Some(folder))
            }
        };
        let session = session.in_use(Choice::Better).into_owned();
        let encoder = encoder::find(session.model.layout().spec(), self.encoder.as_deref(), folder.as_ref())?;
        Ok(OpenedModel { session, encoder })
    }
}

/// Reads a model's file.
///
/// # Errors
/// When it is none.
pub fn read(file: &std::path::Path) -> Result<Session, Failure> {
    let failed = |e: &dyn std::fmt::Display| Failure::Model(format!("{}: {e}", file.display()));
    let size = std::fs::metadata(file).map_err(|e| failed(&e))?.len();
    if size > MODEL_BYTES_MAX {
        return Err(failed(&format!("it has {size} bytes; a model has at most {MODEL_BYTES_MAX}")));
    }
    let bytes = std::fs::read(file).map_err(|e| failed(&e))?;
    let checkpoint = checkpoint_in(&bytes).map_err(|e| failed(&e))?;
    let mut session = Session::restore(&checkpoint, &Device::flex()).map_err(|e| failed(&e))?;
    session.set_loaded();
    Ok(session)
}
