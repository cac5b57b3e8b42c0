//! What an encoder's own files say of its sizes and of its tokeniser.

use serde::{Deserialize, Serialize};

use crate::EncoderError;

/// Widest hidden state.
const HIDDEN_MAX: usize = 1024;
/// Widest layer between two hidden states.
const INTERMEDIATE_MAX: usize = 4096;
/// Most layers.
const LAYERS_MAX: usize = 24;
/// Most attention heads.
const HEADS_MAX: usize = 32;
/// Most pieces in a vocabulary.
const VOCABULARY_MAX: usize = 250_000;
/// Most positions.
const POSITIONS_MAX: usize = 4096;

/// Sizes of an encoder, as `config.json` names them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EncoderConfig {
    /// Which architecture.
    pub model_type: String,
    /// Pieces in the vocabulary.
    pub vocab_size: usize,
    /// Width of a hidden state.
    pub hidden_size: usize,
    /// Layers.
    pub num_hidden_layers: usize,
    /// Attention heads of a layer.
    pub num_attention_heads: usize,
    /// Width of the layer between two hidden states.
    pub intermediate_size: usize,
    /// What is between them.
    pub hidden_act: String,
    /// Most pieces that are read together.
    pub max_position_embeddings: usize,
    /// Added to a variance.
    #[serde(default = "default_epsilon")]
    pub layer_norm_eps: f32,
    /// How positions are told.
    #[serde(default = "default_positions")]
    pub position_embedding_type: String,
}

fn default_epsilon() -> f32 {
    1e-12
}

fn default_positions() -> String {
    "absolute".to_owned()
}

impl EncoderConfig {
    /// Reads `config.json`.
    ///
    /// # Errors
    /// When it is none, or of an encoder that is not supported.
    pub fn parse(json: &[u8]) -> Result<Self, EncoderError> {
        let config: Self =
            serde_json::from_slice(json).map_err(|error| EncoderError::new(format!("config.json: {error}")))?;
        config.validate()?;
        Ok(config)
    }

    /// Checks that it is of a supported kind and size.
    ///
    /// # Errors
    /// Names the first field that is not.
    pub fn validate(&self) -> Result<(), EncoderError> {
        let named = |field: &str, found: &str, wanted: &str| {
            let message = format!("config.json: {field} is {found:?}; only {wanted:?} is supported");
            if found == wanted { Ok(()) } else { Err(EncoderError(message)) }
        };
        named("model_type", &self.model_type, "bert")?;
        named("hidden_act", &self.hidden_act, "gelu")?;
        named("position_embedding_type", &self.position_embedding_type, "absolute")?;
        let sized = |field: &str, value: usize, most: usize| {
            let message = format!("config.json: {field} is {value}, it must lie between 1 and {most}");
            if (1..=most).contains(&value) { Ok(()) } else { Err(EncoderError(message)) }
        };
        sized("vocab_size", self.vocab_size, VOCABULARY_MAX)?;
        sized("hidden_size", self.hidden_size, HIDDEN_MAX)?;
        sized("num_hidden_layers", self.num_hidden_layers, LAYERS_MAX)?;
        sized("num_attention_heads", self.num_attention_heads, HEADS_MAX)?;
        sized("intermediate_size", self.intermediate_size, INTERMEDIATE_MAX)?;
        sized("max_position_embeddings", self.max_position_embeddings, POSITIONS_MAX)?;
        if self.max_position_embeddings < 8 {
            return Err(EncoderError::new("config.json: max_position_embeddings must be 8 at least"));
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return Err(EncoderError::new("config.json: hidden_size must be a multiple of num_attention_heads"));
        }
        if !(0.0..1.0).contains(&self.layer_norm_eps) {
            return Err(EncoderError::new("config.json: layer_norm_eps must lie between 0 and 1"));
        }
        Ok(())
    }
}

/// How text becomes pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokeniserConfig {
    /// Whether letters are made small.
    pub lowercase: bool,
    /// Whether accents are taken off.
    pub strip_accents: bool,
    /// Whether each CJK character is a word.
    pub split_cjk: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_supported_is_named() {
        let json = |hidden: usize, act: &str| {
            format!(
                r#"{{"model_type":"bert","vocab_size":9,"hidden_size":{hidden},"num_hidden_layers":2,
                "num_attention_heads":4,"intermediate_size":8,"hidden_act":"{act}","max_position_embeddings":16}}"#
            )
        };
        let parse = |hidden, act| EncoderConfig::parse(json(hidden, act).as_bytes()).map_err(|e| e.to_string());
        assert_eq!(parse(8, "gelu").unwrap().layer_norm_eps, 1e-12);
        assert!(parse(8, "relu").unwrap_err().contains("hidden_act is \"relu\""));
        assert!(parse(6, "gelu").unwrap_err().contains("multiple"));
        assert!(parse(4000, "gelu").unwrap_err().contains("hidden_size is 4000"));
        assert!(EncoderConfig::parse(b"{}").unwrap_err().to_string().contains("config.json"));
    }
}
