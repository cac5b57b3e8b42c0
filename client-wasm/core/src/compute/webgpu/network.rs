//! The layers of the network in order, forwards and backwards.

use burn_cubecl::tensor::CubeTensor;

use super::pass::Pass;
use super::{crf, dense, embedding, lstm, output};

/// Emission scores, `[sentences · width, tags]`; leaves the activations in the workspace.
pub(super) fn forward(pass: &Pass<'_>) -> CubeTensor {
    embedding::forward(pass);
    dense::forward(pass);
    if pass.dims.lstm.is_some() {
        lstm::forward(pass);
    }
    output::forward(pass)
}

/// The gradient of every parameter, `[parameters]`, and the loss, `[1]`, from the emissions.
pub(super) fn backward(pass: &Pass<'_>, emissions: &CubeTensor) -> (CubeTensor, CubeTensor) {
    let gradient = pass.gpu.empty([pass.layout.parameters()]);
    let loss = pass.gpu.empty([1]);
    crf::backward(pass, emissions, &gradient, &loss);
    if pass.dims.lstm.is_some() {
        lstm::backward(pass, &gradient);
    }
    dense::backward(pass);
    dense::gradients(pass, &gradient);
    output::gradients(pass, &gradient);
    embedding::backward(pass, &gradient);
    (gradient, loss)
}
