//! What the tensors of a model are called. The shared module's names are those of its manifest; a private tensor's begins
//! with `private.`. Every other place takes a name from here.

use fedner_kernels::{CrfNames, DenseNames, LstmNames, OutputNames, ParameterNames};
use fedner_protocol::{
    ModelSpec, PrivateEncoder,
    tensor_names::{self, DenseTensors},
};

/// Private tensors by layer.
const PRIVATE_ENCODER: &str = "private.encoder";
const LSTM: &str = "private.lstm";

/// The names of a model's tensors, by layer.
pub(super) fn parameter_names(spec: &ModelSpec) -> ParameterNames {
    let mut dense = vec![dense(tensor_names::INPUT)];
    dense.extend((0..spec.encoder_blocks).map(|block| self::dense(&tensor_names::encoder_block(block))));
    if let PrivateEncoder::Convolution { blocks } = spec.private_encoder {
        dense.extend((0..blocks).map(|block| self::dense(&private_block(block))));
    }
    ParameterNames {
        embedding: tensor_names::EMBEDDING.to_owned(),
        dense,
        lstm: spec.private_lstm().map(|_| lstm()),
        output: output(),
        crf: crf(),
    }
}

/// The prefix of a private block's tensors.
pub(super) fn private_block(block: usize) -> String {
    format!("{PRIVATE_ENCODER}.{block}")
}

fn dense(prefix: &str) -> DenseNames {
    let DenseTensors { weight, bias, gamma, beta } = tensor_names::dense(prefix);
    DenseNames { weight, bias, gamma, beta }
}

/// The names of the private LSTM's tensors.
pub(super) fn lstm() -> LstmNames {
    let name = |name: &str| format!("{LSTM}.{name}");
    LstmNames {
        input_weight: name("input.weight"),
        forward_recurrent_weight: name("forward.recurrent.weight"),
        reverse_recurrent_weight: name("reverse.recurrent.weight"),
        forward_forget_bias: name("forward.forget.bias"),
        forward_bias: name("forward.bias"),
        reverse_forget_bias: name("reverse.forget.bias"),
        reverse_bias: name("reverse.bias"),
    }
}

/// The names of the output layer's tensors.
pub(super) fn output() -> OutputNames {
    OutputNames { weight: "private.output.weight".to_owned(), bias: "private.output.bias".to_owned() }
}

/// The names of the CRF's tensors.
pub(super) fn crf() -> CrfNames {
    CrfNames {
        start: "private.crf.start".to_owned(),
        transitions: "private.crf.transitions".to_owned(),
        end: "private.crf.end".to_owned(),
    }
}
