//! From hashed features to emission scores, as burn tensor operations: the same code on every device, with and without
//! automatic differentiation.

use burn::tensor::Tensor;

use super::batch_input::BatchInput;
use super::dense::{Dense, windows};
use super::embedding;
use super::lstm::BiLstm;
use super::parameters::NamedParameters;
use crate::model::Layout;

/// Emission scores, `[sentences · width, tags]`.
///
/// Padding never influences a token: it is zero before every convolution, as everything beyond a sentence's ends is.
pub(crate) fn emissions(layout: &Layout, parameters: &NamedParameters, input: &BatchInput) -> Tensor<2> {
    let (spec, names) = (layout.spec(), layout.parameter_names());
    let (channels, tags) = (spec.encoder_width, layout.labels().tags());
    let (b, t) = (input.sentences, input.width);
    let mut embedded = embedding::forward(layout, parameters, input);
    if let Some(vectors) = &input.vectors {
        embedded = Tensor::cat(vec![embedded, vectors.clone()], 1);
    }
    let input_layer = Dense::new(&names.dense[0], parameters, embedded.dims()[1], channels);
    let mut hidden = input_layer.forward(embedded).reshape([b, t, channels]).mul(input.mask.clone());

    for block in 0..spec.blocks() {
        let dense = Dense::new(&names.dense[1 + block], parameters, 3 * channels, channels);
        let mut change = dense.forward(windows(hidden.clone())).reshape([b, t, channels]);
        if let Some(masks) = &input.dropout {
            let range = block * channels..(block + 1) * channels;
            change = change.mul(masks.clone().slice([0..b, 0..1, range]));
        }
        hidden = hidden.add(change).mul(input.mask.clone());
    }

    if let (Some(cells), Some(names)) = (spec.private_lstm(), &names.lstm) {
        hidden = BiLstm::new(names, parameters, channels, cells).forward(hidden, &input.mask);
        if let Some(masks) = &input.dropout {
            let start = spec.blocks() * channels;
            hidden = hidden.mul(masks.clone().slice([0..b, 0..1, start..start + 2 * cells]));
        }
    }

    let weight = parameters.get(&names.output.weight, [spec.encoded_width(), tags]);
    let bias = parameters.get(&names.output.bias, [1, tags]);
    hidden.reshape([b * t, spec.encoded_width()]).matmul(weight).add(bias)
}
