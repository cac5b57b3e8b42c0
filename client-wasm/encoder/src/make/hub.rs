//! The files of a model hub.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::pack::PACK_BYTES_MAX;
use crate::{EncoderConfig, EncoderError, TokeniserConfig};

/// The largest file of weights: four bytes a weight of the largest pack, and more layers than are kept.
const WEIGHTS_BYTES_MAX: u64 = 8 * PACK_BYTES_MAX as u64;
/// The largest other file.
const FILE_BYTES_MAX: u64 = 32 << 20;
/// What is kept of a model card.
const CARD_BYTES_MAX: usize = 64 << 10;

/// An encoder's own files, as bytes.
#[derive(Debug, Clone, Default)]
pub struct HubFiles {
    /// `config.json`.
    pub config: Vec<u8>,
    /// `model.safetensors`.
    pub weights: Vec<u8>,
    /// `vocab.txt`, where there is one.
    pub vocabulary: Option<Vec<u8>>,
    /// `tokenizer.json`, where there is one.
    pub tokenizer: Option<Vec<u8>>,
    /// `tokenizer_config.json`, where there is one.
    pub tokenizer_config: Option<Vec<u8>>,
    /// `README.md`, where there is one.
    pub card: Option<Vec<u8>>,
}

/// What the files say.
pub(super) struct Hub<'f> {
    pub config: EncoderConfig,
    pub tokeniser: TokeniserConfig,
    pub vocabulary: Vec<String>,
    pub card: String,
    pub weights: &'f [u8],
}

impl HubFiles {
    /// Reads a folder.
    ///
    /// # Errors
    /// When a file that is needed is missing, too large or unreadable.
    pub fn read(folder: &Path) -> Result<Self, EncoderError> {
        let optional = |name: &str, most: u64| {
            let path = folder.join(name);
            let Ok(metadata) = std::fs::metadata(&path) else { return Ok(None) };
            if metadata.len() > most {
                return Err(EncoderError(format!("{} has more than {most} bytes", path.display())));
            }
            std::fs::read(&path).map(Some).map_err(|error| EncoderError(format!("{}: {error}", path.display())))
        };
        let needed = |name: &str, most: u64| {
            optional(name, most)?.ok_or_else(|| EncoderError(format!("there is no {name} in {}", folder.display())))
        };
        Ok(Self {
            config: needed("config.json", FILE_BYTES_MAX)?,
            weights: needed("model.safetensors", WEIGHTS_BYTES_MAX)?,
            vocabulary: optional("vocab.txt", FILE_BYTES_MAX)?,
            tokenizer: optional("tokenizer.json", FILE_BYTES_MAX)?,
            tokenizer_config: optional("tokenizer_config.json", FILE_BYTES_MAX)?,
            card: optional("README.md", FILE_BYTES_MAX)?,
        })
    }

    /// The licence that the model card names in its header.
    pub fn licence(&self) -> Option<String> {
        let card = std::str::from_utf8(self.card.as_deref()?).ok()?;
        let header = card.strip_prefix("---")?.split("\n---").next()?;
        let line = header.lines().find_map(|line| line.strip_prefix("license:"))?;
        Some(line.trim().trim_matches(['"', '\'']).to_owned()).filter(|licence| !licence.is_empty())
    }
}

impl<'f> Hub<'f> {
    pub fn read(files: &'f HubFiles) -> Result<Self, EncoderError> {
        let config = EncoderConfig::parse(&files.config)?;
        let json = |name: &str, bytes: &Option<Vec<u8>>| -> Result<Option<Value>, EncoderError> {
            let Some(bytes) = bytes else { return Ok(None) };
            serde_json::from_slice(bytes).map(Some).map_err(|error| EncoderError(format!("{name}: {error}")))
        };
        let tokenizer = json("tokenizer.json", &files.tokenizer)?;
        let tokenizer_config = json("tokenizer_config.json", &files.tokenizer_config)?;
        let vocabulary = match (&files.vocabulary, &tokenizer) {
            (Some(bytes), _) => lines(bytes)?,
            (None, Some(tokenizer)) => word_piece(tokenizer)?,
            (None, None) => return Err(EncoderError::new("there is neither vocab.txt nor tokenizer.json")),
        };
        if vocabulary.len() != config.vocab_size {
            let (found, said) = (vocabulary.len(), config.vocab_size);
            return Err(EncoderError(format!("the vocabulary has {found} pieces, config.json says {said}")));
        }
        let card = String::from_utf8_lossy(files.card.as_deref().unwrap_or_default());
        let mut end = card.len().min(CARD_BYTES_MAX);
        while !card.is_char_boundary(end) {
            end -= 1;
        }
        let tokeniser = settings(tokenizer.as_ref(), tokenizer_config.as_ref())?;
        Ok(Self { config, tokeniser, vocabulary, card: card[..end].to_owned(), weights: &files.weights })
    }
}

fn lines(bytes: &[u8]) -> Result<Vec<String>, EncoderError> {
    let text = std::str::from_utf8(bytes).map_err(|_| EncoderError::new("vocab.txt is not UTF-8"))?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// The vocabulary of `tokenizer.json`.
fn word_piece(tokenizer: &Value) -> Result<Vec<String>, EncoderError> {
    #[derive(Deserialize)]
    struct Model {
        vocab: std::collections::HashMap<String, usize>,
        #[serde(default)]
        continuing_subword_prefix: Option<String>,
    }
    let model = &tokenizer["model"];
    if model["type"].as_str().is_some_and(|kind| kind != "WordPiece") {
        return Err(EncoderError(format!(
            "tokenizer.json: model.type is {}; only WordPiece is supported",
            model["type"]
        )));
    }
    let model: Model =
        serde_json::from_value(model.clone()).map_err(|error| EncoderError(format!("tokenizer.json: {error}")))?;
    if model.continuing_subword_prefix.as_deref().is_some_and(|prefix| prefix != "##") {
        return Err(EncoderError::new("tokenizer.json: only \"##\" is supported as continuing_subword_prefix"));
    }
    let mut pieces = vec![String::new(); model.vocab.len()];
    for (piece, id) in model.vocab {
        *pieces.get_mut(id).ok_or_else(|| EncoderError(format!("tokenizer.json: the number {id} is too large")))? =
            piece;
    }
    Ok(pieces)
}

/// `tokenizer.json` goes before `tokenizer_config.json`; without either, letters are made small.
fn settings(tokenizer: Option<&Value>, config: Option<&Value>) -> Result<TokeniserConfig, EncoderError> {
    let normaliser = tokenizer.map(|tokenizer| &tokenizer["normalizer"]).filter(|normaliser| normaliser.is_object());
    if let Some(kind) = normaliser.and_then(|n| n["type"].as_str()).filter(|kind| *kind != "BertNormalizer") {
        return Err(EncoderError(format!(
            "tokenizer.json: normalizer.type is {kind}; only BertNormalizer is supported"
        )));
    }
    let find = |of: Option<&Value>, name: &str| of.and_then(|value| value.get(name)).and_then(Value::as_bool);
    let lowercase = find(normaliser, "lowercase").or_else(|| find(config, "do_lower_case")).unwrap_or(true);
    let accents = find(normaliser, "strip_accents").or_else(|| find(config, "strip_accents"));
    let cjk = find(normaliser, "handle_chinese_chars").or_else(|| find(config, "tokenize_chinese_chars"));
    Ok(TokeniserConfig { lowercase, strip_accents: accents.unwrap_or(lowercase), split_cjk: cjk.unwrap_or(true) })
}
