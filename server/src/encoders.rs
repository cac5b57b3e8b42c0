//! Packs of pretrained encoders: files in a folder beside the database, each named by its content's SHA-256. Commands add
//! and remove them, also while a server is running; the server reads them and writes none.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use fedner_encoder::{About, Pack};
use fedner_protocol::{Digest, ModelSpec};
use serde::Serialize;

/// The folder, in that of the data.
const FOLDER: &str = "encoders";
/// How the packs' files end.
pub const ENDING: &str = ".safetensors";
/// Most packs that are listed.
const LISTED_MAX: usize = 100;

/// Why a pack can't be kept, found or removed.
#[derive(Debug, thiserror::Error)]
pub enum EncodersError {
    /// A file can't be read or written.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: String,
        /// Why not.
        error: io::Error,
    },
    /// There is no such pack.
    #[error("there is no pack {digest} in {folder}; \u{201c}encoder list\u{201d} shows those that are there")]
    Missing {
        /// Its name.
        digest: Digest,
        /// Where it should be.
        folder: String,
    },
    /// A file is not what its name says.
    #[error("{path} is damaged: {reason}. Remove it and add the encoder again")]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// The model wants vectors of another width than the pack makes.
    #[error("the model's pretrained.width is {configured}; the pack {digest} makes vectors of {width} elements")]
    Width {
        /// The pack.
        digest: Digest,
        /// What the model says.
        configured: usize,
        /// What the pack says.
        width: usize,
    },
}

/// A pack as it is listed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListedPack {
    /// Its name: the SHA-256 of its bytes.
    pub digest: Digest,
    /// Its bytes.
    pub bytes: u64,
    /// What people call it.
    pub name: String,
    /// Its licence, as SPDX names it.
    pub licence: String,
    /// Elements of a word's vector.
    pub width: usize,
    /// Layers that it has.
    pub layers: usize,
}

/// The packs of a data folder.
#[derive(Debug, Clone)]
pub struct Encoders {
    folder: PathBuf,
}

impl Encoders {
    /// Those of a data folder.
    pub fn of(data_dir: &Path) -> Self {
        Self { folder: data_dir.join(FOLDER) }
    }

    /// Where a pack is.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        self.folder.join(format!("{digest}{ENDING}"))
    }

    /// Keeps a pack; one that is there already is left as it is.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn add(&self, digest: &Digest, bytes: &[u8]) -> Result<PathBuf, EncodersError> {
        let path = self.path(digest);
        let told = |error| EncodersError::File { path: path.display().to_string(), error };
        if path.is_file() {
            return Ok(path);
        }
        fs::create_dir_all(&self.folder).map_err(told)?;
        // Under its name only once it is whole.
        let mut file = tempfile::NamedTempFile::new_in(&self.folder).map_err(told)?;
        file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(told)?;
        file.persist(&path).map_err(|error| told(error.error))?;
        make_readable(&path).map_err(told)?;
        Ok(path)
    }

    /// All packs, by name.
    ///
    /// # Errors
    /// When the folder can't be read, or a file in it is not a pack.
    pub fn list(&self) -> Result<Vec<ListedPack>, EncodersError> {
        let told = |error| EncodersError::File { path: self.folder.display().to_string(), error };
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(told(error)),
        };
        let mut packs = Vec::new();
        for entry in entries {
            let name = entry.map_err(told)?.file_name();
            let digest = name.to_str().and_then(|name| name.strip_suffix(ENDING)).and_then(|name| name.parse().ok());
            if let Some(digest) = digest {
                packs.push(self.listed(digest)?);
            }
            if packs.len() == LISTED_MAX {
                break;
            }
        }
        packs.sort_by(|a, b| (&a.name, a.digest.as_str()).cmp(&(&b.name, b.digest.as_str())));
        Ok(packs)
    }

    /// A pack by its header, which is read without the rest.
    fn listed(&self, digest: Digest) -> Result<ListedPack, EncodersError> {
        let path = self.path(&digest);
        let told = |error| EncodersError::File { path: path.display().to_string(), error };
        let file = fs::File::open(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                EncodersError::Missing { digest: digest.clone(), folder: self.folder.display().to_string() }
            }
            _ => told(error),
        })?;
        let bytes = file.metadata().map_err(told)?.len();
        let about = read_about(file);
        let About { name, licence, vector_width: width, config, .. } =
            about.map_err(|reason| EncodersError::Damaged { path: path.display().to_string(), reason })?;
        Ok(ListedPack { digest, bytes, name, licence, width, layers: config.num_hidden_layers })
    }

    /// Whether the pack that a model names is there, whole, and makes vectors of the model's width.
    ///
    /// # Errors
    /// Says what is not so.
    pub fn check(&self, model: &ModelSpec) -> Result<(), EncodersError> {
        let Some(pretrained) = &model.pretrained else { return Ok(()) };
        let (digest, path) = (pretrained.pack.clone(), self.path(&pretrained.pack));
        self.listed(digest.clone())?;
        let bytes = fs::read(&path).map_err(|error| EncodersError::File { path: path.display().to_string(), error })?;
        let damaged = |reason| EncodersError::Damaged { path: path.display().to_string(), reason };
        let pack = Pack::read(&bytes).map_err(|error| damaged(error.to_string()))?;
        if pack.digest != digest {
            return Err(damaged(format!("its content is {}", pack.digest)));
        }
        let width = pack.about.vector_width;
        if width == pretrained.width {
            Ok(())
        } else {
            Err(EncodersError::Width { digest, configured: pretrained.width, width })
        }
    }

    /// Removes a pack.
    ///
    /// # Errors
    /// When it is not there or can't be removed.
    pub fn remove(&self, digest: &Digest) -> Result<(), EncodersError> {
        let path = self.path(digest);
        fs::remove_file(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                EncodersError::Missing { digest: digest.clone(), folder: self.folder.display().to_string() }
            }
            _ => EncodersError::File { path: path.display().to_string(), error },
        })
    }
}

fn read_about(mut file: impl Read) -> Result<About, String> {
    About::read_header(&mut file).map_err(|error| error.to_string())
}

/// A temporary file is its owner's alone; a pack is public, and another account may run the server.
fn make_readable(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o644))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use fedner_encoder::make::{HubFiles, PackChoice, make, sample_notes};
    use fedner_protocol::PretrainedEncoder;

    use super::*;

    #[test]
    fn packs_are_added_listed_checked_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let encoders = Encoders::of(folder.path());
        assert_eq!(encoders.list().unwrap(), []);
        let hub = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client-wasm/encoder/testdata/tiny");
        let files = HubFiles::read(&hub).unwrap();
        let choice = PackChoice::usual(&files, "tiny".into(), "MIT".into()).unwrap();
        let bytes = make(&files, &choice, &[&sample_notes()]).unwrap().bytes;
        let identity = Pack::read(&bytes).unwrap().identity();
        encoders.add(&identity.pack, &bytes).unwrap();
        encoders.add(&identity.pack, &bytes).unwrap();
        fs::write(folder.path().join("encoders/notes.txt"), "no pack").unwrap();
        let listed = encoders.list().unwrap();
        assert_eq!((listed.len(), listed[0].name.as_str(), listed[0].bytes), (1, "tiny", bytes.len() as u64));
        assert_eq!((listed[0].width, listed[0].layers), (24, 2));

        let model = |pretrained| ModelSpec { pretrained: Some(pretrained), ..ModelSpec::small() };
        encoders.check(&model(identity.clone())).unwrap();
        let told = |pretrained| encoders.check(&model(pretrained)).unwrap_err().to_string();
        assert!(told(PretrainedEncoder { width: 5, ..identity.clone() }).contains("makes vectors of 24 elements"));
        assert!(told(PretrainedEncoder { pack: Digest::of(b"other"), width: 5 }).contains("there is no pack"));
        let mut damaged = bytes.clone();
        *damaged.last_mut().unwrap() ^= 1;
        fs::write(encoders.path(&identity.pack), damaged).unwrap();
        assert!(told(identity.clone()).contains("is damaged"));
        encoders.remove(&identity.pack).unwrap();
        assert!(encoders.remove(&identity.pack).unwrap_err().to_string().contains("there is no pack"));
    }
}
