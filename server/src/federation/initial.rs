//! A federation as it begins: version 0 of the shared module, drawn from its seed or read from a file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use fedner_protocol::{Manifest, decode_model, encode_model};

use super::StartError;
use crate::config::FederationConfig;
use crate::store::NewFederation;
use crate::timestamp::Timestamp;

/// What is stored of a federation that is new.
///
/// # Errors
/// When its initial model can't be used.
pub(super) fn new_federation(
    config: &FederationConfig,
    manifest: &Manifest,
    now: Timestamp,
) -> Result<NewFederation, StartError> {
    let weights = match &config.initial_model {
        None => manifest.draw(config.seed),
        Some(path) => read(path, manifest).map_err(|reason| {
            let (id, path) = (config.id.to_string(), path.display().to_string());
            StartError::InitialModel { id, path, reason }
        })?,
    };
    let model = encode_model(manifest, 0, &weights);
    Ok(NewFederation {
        id: config.id.clone(),
        manifest: manifest.digest.clone(),
        seed: config.seed,
        model: model.map_err(|e| StartError::Internal(format!("version 0: {e}")))?,
        now,
    })
}

/// The weights in a file with any version of a shared module.
fn read(path: &Path, manifest: &Manifest) -> Result<Vec<f32>, String> {
    let file = File::open(path).map_err(|e| e.to_string())?;
    let mut bytes = Vec::new();
    let most = manifest.file_bytes_max() as u64;
    file.take(most + 1).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    if bytes.len() as u64 > most {
        return Err(format!("it is larger than {most} bytes, the most that this model takes"));
    }
    let (_, weights) = decode_model(manifest, &bytes).map_err(|e| e.to_string())?;
    Ok(weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(path: &Path) -> FederationConfig {
        let id = "test".parse().expect("it is an id");
        FederationConfig {
            initial_model: Some(path.to_owned()),
            model: fedner_protocol::ModelSpec::small(),
            ..FederationConfig::new(id, "Test")
        }
    }

    #[test]
    fn version_0_is_what_the_file_holds() {
        let folder = tempfile::tempdir().expect("the temporary folder can be written");
        let config = config(&folder.path().join("shared.safetensors"));
        let path = config.initial_model.clone().expect("it was set");
        let manifest = Manifest::of(&config.model);
        let weights: Vec<f32> = manifest.draw(5).iter().map(|value| value * 0.5).collect();
        std::fs::write(&path, encode_model(&manifest, 28, &weights).expect("it fits")).expect("it can be written");
        let new = new_federation(&config, &manifest, Timestamp::default()).expect("the file is good");
        assert_eq!(decode_model(&manifest, &new.model).expect("it is a model"), (0, weights));
    }

    #[test]
    fn a_file_that_does_not_fit_is_refused_and_named() {
        let folder = tempfile::tempdir().expect("the temporary folder can be written");
        let config = config(&folder.path().join("shared.safetensors"));
        let path = config.initial_model.clone().expect("it was set");
        let manifest = Manifest::of(&config.model);
        let refusal = || {
            let refused = new_federation(&config, &manifest, Timestamp::default());
            refused.expect_err("it can't be used").to_string()
        };
        assert!(refusal().contains("shared.safetensors"), "{}", refusal());
        let other = Manifest::of(&fedner_protocol::ModelSpec::default());
        std::fs::write(&path, encode_model(&other, 0, &other.draw(1)).expect("it fits")).expect("it can be written");
        assert!(refusal().contains("larger than"), "{}", refusal());
        std::fs::write(&path, "no model").expect("it can be written");
        assert!(refusal().contains("[federations.model]"), "{}", refusal());
    }
}
