//! The pretrained encoder that some models read the notes with.

use std::path::Path;

use fedner_core::corpus::{Corpus, WordVectors};
use fedner_core::tagging::ReadText;
use fedner_encoder::{Encoder, PACK_BYTES_MAX, Pack};
use fedner_protocol::{Digest, ModelSpec};

use crate::failure::Failure;
use crate::notes::SiteNotes;
use crate::report::Report;
use crate::state_folder::StateFolder;
use crate::transport::HttpTransport;

/// The encoder that a model needs, from a file or the state folder; none for a model without one.
///
/// # Errors
/// When it is not there, or is another one.
pub fn find(spec: &ModelSpec, file: Option<&Path>, folder: Option<&StateFolder>) -> Result<Option<Encoder>, Failure> {
    let Some(needed) = &spec.pretrained else { return Ok(None) };
    let path = match (file, folder) {
        (Some(file), _) => file.to_owned(),
        (None, Some(folder)) => folder.file(&file_name(&needed.pack)),
        (None, None) => {
            let message =
                format!("the model reads with the pretrained encoder {}: give its pack with --encoder", needed.pack);
            return Err(Failure::Model(message));
        }
    };
    let failed = |e: &dyn std::fmt::Display| Failure::Model(format!("the encoder's pack {}: {e}", path.display()));
    let bytes = std::fs::read(&path).map_err(|e| failed(&e))?;
    opened(&bytes, &needed.pack).map(Some).map_err(|e| failed(&e))
}

/// Has the encoder of a federation in the state folder, fetched where it is missing, read all notes.
///
/// # Errors
/// When it can't be fetched, kept or opened.
pub async fn read_notes(
    spec: &ModelSpec,
    notes: &SiteNotes,
    corpus: &mut Corpus,
    (folder, transport): (&StateFolder, &HttpTransport),
    report: &Report,
) -> Result<(), Failure> {
    let Some(needed) = &spec.pretrained else { return Ok(()) };
    let name = file_name(&needed.pack);
    if !folder.file(&name).exists() {
        report.say(&format!("fetching the pretrained encoder {}", needed.pack));
        let pack = transport.encoder_pack(&name, PACK_BYTES_MAX).await?;
        opened(&pack, &needed.pack).map_err(Failure::Refused)?;
        folder.write(&name, &pack).map_err(|e| Failure::Other(e.to_string()))?;
    }
    let Some(mut encoder) = find(spec, None, Some(folder))? else { return Ok(()) };
    report.say("the pretrained encoder reads the notes");
    let identity = encoder.identity().clone();
    let vectors =
        |note: &fedner_core::corpus::Note| WordVectors { encoder: identity.clone(), steps: encoder.read(&note.text) };
    let vectors: Vec<_> = notes.notes.iter().map(vectors).collect();
    corpus.set_all_vectors(vectors).map_err(|e| Failure::Other(e.to_string()))
}

/// Texts, by their names, as a model reads them.
///
/// # Errors
/// When the encoder's vectors are not the model's.
pub fn read_texts<'t>(
    encoder: &mut Option<Encoder>,
    texts: impl Iterator<Item = (&'t str, &'t str)>,
    spec: &ModelSpec,
) -> Result<Vec<ReadText>, Failure> {
    let read = |(name, text): (&str, &str)| {
        let vectors = encoder.as_mut().map(|encoder| encoder.read(text)).unwrap_or_default();
        ReadText::new(name, text.to_owned(), vectors, spec).map_err(|e| Failure::Model(e.to_string()))
    };
    texts.map(read).collect()
}

fn opened(bytes: &[u8], needed: &Digest) -> Result<Encoder, String> {
    let pack = Pack::read(bytes).map_err(|e| e.to_string())?;
    if pack.digest != *needed {
        return Err(format!("it is the pack {}, not {needed}", pack.digest));
    }
    pack.encoder().map_err(|e| e.to_string())
}

/// As the server names it.
fn file_name(pack: &Digest) -> String {
    format!("{pack}.safetensors")
}
