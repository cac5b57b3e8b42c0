//! Compressed forms of a file beside it, which the server sends as they are.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Smaller files fit into a packet or two as they are.
const BYTES_MIN: usize = 1_000;

/// What is compressed already, or was never text, is left as it is.
const EXTENSIONS: [&str; 7] = ["conll", "css", "html", "js", "json", "svg", "wasm"];

/// The best there is: it is done once, and downloaded often.
const BROTLI_QUALITY: i32 = 11;

/// Base-two logarithm of the window in bytes: the largest that every browser takes.
const BROTLI_WINDOW: i32 = 24;

/// Writes `<file>.br` and `<file>.gz` where they pay.
pub fn beside(file: &Path) -> Result<()> {
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if !EXTENSIONS.contains(&extension) {
        return Ok(());
    }
    let bytes = fs::read(file).with_context(|| format!("can't read {}", file.display()))?;
    if bytes.len() < BYTES_MIN {
        return Ok(());
    }
    for (ending, compressed) in [(".br", brotli(&bytes)?), (".gz", gzip(&bytes)?)] {
        let to = with_ending(file, ending);
        fs::write(&to, compressed).with_context(|| format!("can't write {}", to.display()))?;
    }
    Ok(())
}

/// The path of a compressed form.
pub fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut path = OsString::from(file);
    path.push(ending);
    path.into()
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let params = BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        lgwin: BROTLI_WINDOW,
        size_hint: bytes.len(),
        ..BrotliEncoderParams::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut compressed, &params).context("brotli failed")?;
    Ok(compressed)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn both_forms_hold_what_the_file_holds() -> Result<()> {
        let folder = std::env::temp_dir().join(format!("xtask-compress-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let text = "a note about a note\n".repeat(100);
        fs::write(folder.join("main.js"), &text)?;
        fs::write(folder.join("small.js"), "export {};")?;
        fs::write(folder.join("page.png"), &text)?;
        for file in ["main.js", "small.js", "page.png"] {
            beside(&folder.join(file))?;
        }
        let mut names = fs::read_dir(&folder)?.map(|e| Ok(e?.file_name())).collect::<Result<Vec<_>>>()?;
        names.sort();
        assert_eq!(names, ["main.js", "main.js.br", "main.js.gz", "page.png", "small.js"]);
        let mut plain = Vec::new();
        brotli::BrotliDecompress(&mut &*fs::read(folder.join("main.js.br"))?, &mut plain)?;
        assert_eq!(plain, text.as_bytes());
        let mut plain = String::new();
        flate2::read::GzDecoder::new(&*fs::read(folder.join("main.js.gz"))?).read_to_string(&mut plain)?;
        assert_eq!(plain, text);
        Ok(fs::remove_dir_all(folder)?)
    }
}
