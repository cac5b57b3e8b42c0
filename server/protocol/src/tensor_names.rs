//! What the shared module's tensors are called.

/// The embedding table, `[rows, embedding width]`.
pub const EMBEDDING: &str = "embedding.weight";
/// The prefix of the input layer's tensors; see [`dense`].
pub const INPUT: &str = "input";

/// The prefix of an encoder block's tensors; see [`dense`].
pub fn encoder_block(block: usize) -> String {
    format!("encoder.{block}")
}

/// What a dense layer's tensors are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DenseTensors {
    /// `[inputs, width]`.
    pub weight: String,
    /// `[width]`, as the others.
    pub bias: String,
    /// Scale of the layer normalisation.
    pub gamma: String,
    /// Shift of the layer normalisation.
    pub beta: String,
}

/// The tensors of the dense layer with this prefix.
pub fn dense(prefix: &str) -> DenseTensors {
    let name = |tensor: &str| format!("{prefix}.{tensor}");
    DenseTensors { weight: name("weight"), bias: name("bias"), gamma: name("norm.gamma"), beta: name("norm.beta") }
}
