//! The shared module alone as a file: what a federation has learnt, for a site to start from. It holds no label, and
//! nothing of any private module.

use burn::tensor::Device;
use fedner_protocol::{CodecError, Manifest, ModelSpec, decode_model, encode_model, is_model};

use super::checkpoint::SaveError;
use super::{CheckpointError, Session};
use crate::labels::LabelSet;

/// Seed of the private module that is drawn around a shared one.
const PRIVATE_SEED: u64 = 0;

impl Session {
    /// Writes the shared module, as a server writes it.
    ///
    /// # Errors
    /// When the device failed.
    pub async fn save_shared(&self) -> Result<Vec<u8>, SaveError> {
        let layout = self.model.layout();
        let values = self.model.read().await?;
        let shared = values.get(..layout.shared_parameters()).unwrap_or_default();
        encode_model(layout.manifest(), self.state.version, shared).map_err(|e| SaveError::Encoding(e.to_string()))
    }

    /// A new model around a shared module of this specification; its private module knows nothing yet.
    ///
    /// # Errors
    /// When the bytes are no such shared module.
    pub fn from_shared(
        bytes: &[u8],
        spec: &ModelSpec,
        labels: &LabelSet,
        device: &Device,
    ) -> Result<Self, CheckpointError> {
        let (version, shared) = decode_model(&Manifest::of(spec), bytes).map_err(|error| match error {
            CodecError::TooLarge { .. }
            | CodecError::Missing(_)
            | CodecError::Unknown(_)
            | CodecError::Shape { .. }
                if is_model(bytes) =>
            {
                CheckpointError::OtherSizes
            }
            CodecError::Manifest { .. } => CheckpointError::OtherSizes,
            other => CheckpointError::NotACheckpoint(other.to_string()),
        })?;
        let mut session = Self::new(spec, labels, PRIVATE_SEED, device);
        session.model.set_shared(shared).map_err(|e| CheckpointError::Tensor(e.to_string()))?;
        session.state.version = version;
        Ok(session)
    }
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;
    use crate::crf::Temperature;
    use crate::training::tests::{Log, corpus, session, task};

    #[test]
    fn a_shared_module_goes_to_a_site_with_other_labels_and_nothing_private_with_it() {
        let mut first = session();
        block_on(first.train(&corpus(), &task(1), &mut Log::default())).unwrap();
        let bytes = block_on(first.save_shared()).unwrap();
        let labels = LabelSet::new(vec!["Anatomy".to_owned()]).unwrap();
        let spec = first.model.layout().spec();
        let second = Session::from_shared(&bytes, spec, &labels, &Device::flex()).unwrap();
        let shared = first.model.layout().shared_parameters();
        let [learnt, begun] = [&first, &second].map(|session| block_on(session.model.read()).unwrap());
        assert!(learnt[..shared] == begun[..shared]);
        assert_eq!(second.model.layout().labels(), &labels);
        assert_eq!(second.optimiser.steps(), 0);
        // Nor does the temperature go, which was chosen on the first site's held-out notes.
        assert!(!first.model.temperature().is_neutral() && second.model.temperature().is_neutral());
        let mut neutral = first.clone();
        neutral.model.set_temperature(Temperature::NEUTRAL);
        assert!(block_on(neutral.save_shared()).unwrap() == bytes);
        assert!(block_on(neutral.save()).unwrap() != block_on(first.save()).unwrap());
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("private") && !text.contains("Drug"), "it holds more than the shared module");
    }

    #[test]
    fn a_file_for_other_sizes_or_of_another_kind_is_refused() {
        let bytes = block_on(session().save_shared()).unwrap();
        let labels = LabelSet::new(vec!["Anatomy".to_owned()]).unwrap();
        let refused = |bytes: &[u8], spec: &ModelSpec| {
            Session::from_shared(bytes, spec, &labels, &Device::flex()).map(|_| ()).unwrap_err()
        };
        assert_eq!(refused(&bytes, &ModelSpec::default()), CheckpointError::OtherSizes);
        let spec = session().model.layout().spec().clone();
        assert!(matches!(refused(&bytes[..bytes.len() - 1], &spec), CheckpointError::NotACheckpoint(_)));
        let checkpoint = block_on(session().save()).unwrap();
        assert!(matches!(refused(&checkpoint, &spec), CheckpointError::NotACheckpoint(_)));
    }
}
