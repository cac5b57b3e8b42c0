//! Hashed embeddings.

use burn::tensor::Tensor;

use super::batch_input::BatchInput;
use super::parameters::NamedParameters;
use crate::model::Layout;

/// The rows of each feature summed, `[tokens, features · embedding width]`.
pub(super) fn forward(layout: &Layout, parameters: &NamedParameters, input: &BatchInput) -> Tensor<2> {
    let (spec, names) = (layout.spec(), layout.parameter_names());
    let (features, width) = (spec.features.len(), spec.embedding_width);
    let tokens = input.sentences * input.width;
    parameters
        .get(&names.embedding, [spec.rows_total(), width])
        .select(0, input.rows.clone())
        .reshape([tokens * features, spec.hashes, width])
        .sum_dim(1)
        .reshape([tokens, features * width])
}
