//! A pretrained encoder for tests.

use std::path::Path;

use fedner_encoder::make::{HubFiles, PackChoice, make, sample_notes};

/// The pack of the tiny random encoder; always the same one.
///
/// # Panics
/// When the encoder's files can't be read.
pub fn tiny_pack() -> Vec<u8> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../client-wasm/encoder/testdata/tiny"));
    let files = HubFiles::read(folder).expect("the tiny encoder is there");
    let choice = PackChoice::usual(&files, "tiny".to_owned(), "MIT".to_owned()).expect("it is supported");
    make(&files, &choice, &[&sample_notes()]).expect("a pack can be made of it").bytes
}
