//! Names, shapes and order of a model's tensors, and where each lies in the flat parameter buffer.

use std::ops::Range;
use std::sync::Arc;

use fedner_kernels::{LstmNames, ModelSizes, NamedTensor, ParameterLayout, ParameterNames};
use fedner_protocol::{Initialiser, Manifest, ModelSpec, PrivateEncoder, TensorSpec, draw_tensors};

use super::tensor_names;
use crate::labels::LabelSet;

/// Separates a private module's seed from the shared one's.
const PRIVATE_SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// Names, shapes and order of a model's parameters: the manifest's shared tensors, then the private
/// ones (own encoder, output layer, CRF).
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    spec: ModelSpec,
    manifest: Manifest,
    labels: LabelSet,
    private: Vec<TensorSpec>,
    parameter_names: ParameterNames,
    parameter_layout: Arc<ParameterLayout>,
}

/// Which of a tensor's dimensions are tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TagDimensions {
    /// None.
    None,
    /// The last one.
    Columns,
    /// Both.
    RowsAndColumns,
}

impl Layout {
    /// The layout of a model for a site's own label set.
    pub fn new(spec: &ModelSpec, labels: &LabelSet) -> Self {
        let mut private = private_encoder(spec);
        private.extend(output_and_crf(spec.encoded_width(), labels.tags()));
        let manifest = Manifest::of(spec);
        let tensors = manifest.tensors.iter().chain(&private);
        let tensors = tensors.map(|tensor| NamedTensor { name: &tensor.name, shape: &tensor.shape });
        // Tensors and names both follow from the specification, so only a fault of this program can part them.
        let parameter_names = tensor_names::parameter_names(spec);
        let parameter_layout = ParameterLayout::new(sizes(spec, labels), &parameter_names, tensors)
            .unwrap_or_else(|error| unreachable!("the tensors listed are not those that the layers read: {error}"));
        let parameter_layout = Arc::new(parameter_layout);
        Self { spec: spec.clone(), manifest, labels: labels.clone(), private, parameter_names, parameter_layout }
    }

    /// The model specification.
    pub fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    /// The shared module's manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The site's label set.
    pub fn labels(&self) -> &LabelSet {
        &self.labels
    }

    /// All tensors in order, shared ones first.
    pub fn tensors(&self) -> impl Iterator<Item = &TensorSpec> {
        self.manifest.tensors.iter().chain(&self.private)
    }

    /// All tensors, each with its range in the flat buffer.
    pub fn ranges(&self) -> impl Iterator<Item = (&TensorSpec, Range<usize>)> {
        self.tensors().scan(0, |start, tensor| {
            let range = *start..*start + tensor.len();
            *start = range.end;
            Some((tensor, range))
        })
    }

    /// Where each layer's tensors lie.
    pub(crate) fn parameter_layout(&self) -> &Arc<ParameterLayout> {
        &self.parameter_layout
    }

    /// What each layer's tensors are called.
    #[cfg(test)]
    pub(crate) fn parameter_names(&self) -> &ParameterNames {
        &self.parameter_names
    }

    /// Which dimensions of a tensor are tags.
    pub(crate) fn tag_dimensions(&self, name: &str) -> TagDimensions {
        let ParameterNames { output, crf, .. } = &self.parameter_names;
        if name == crf.transitions {
            TagDimensions::RowsAndColumns
        } else if [&output.weight, &output.bias, &crf.start, &crf.end].iter().any(|tags| *tags == name) {
            TagDimensions::Columns
        } else {
            TagDimensions::None
        }
    }

    /// Elements of the shared module.
    pub fn shared_parameters(&self) -> usize {
        self.manifest.parameters()
    }

    /// Elements of both modules.
    pub fn parameters(&self) -> usize {
        self.parameter_layout.parameters()
    }

    /// Where the CRF's start, transition and end scores lie, one behind the other.
    pub fn crf_range(&self) -> Range<usize> {
        self.parameter_layout.crf()
    }

    /// Draws a private module.
    pub fn draw_private(&self, seed: u64) -> Vec<f32> {
        draw_tensors(&self.private, seed ^ PRIVATE_SEED)
    }

    /// Where weight decay acts: on matrices, not on biases, norms and the CRF.
    pub fn decaying(&self) -> Vec<Range<usize>> {
        let crf = self.crf_range();
        let decays =
            |(tensor, range): &(&TensorSpec, Range<usize>)| tensor.shape.len() == 2 && !crf.contains(&range.start);
        self.ranges().filter(decays).map(|(_, range)| range).collect()
    }
}

fn sizes(spec: &ModelSpec, labels: &LabelSet) -> ModelSizes {
    ModelSizes {
        features: spec.features.len(),
        hashes: spec.hashes,
        embedding_rows: spec.rows_total(),
        embedding: spec.embedding_width,
        vectors: spec.vector_width(),
        channels: spec.encoder_width,
        blocks: spec.blocks(),
        lstm: spec.private_lstm(),
        tags: labels.tags(),
    }
}

/// The tensors between the shared encoder and the output layer.
fn private_encoder(spec: &ModelSpec) -> Vec<TensorSpec> {
    match spec.private_encoder {
        PrivateEncoder::None => Vec::new(),
        PrivateEncoder::Convolution { blocks } => (0..blocks)
            .flat_map(|block| Manifest::block(&tensor_names::private_block(block), spec.encoder_width))
            .collect(),
        PrivateEncoder::Bilstm { hidden } => lstm(spec.encoder_width, hidden).to_vec(),
    }
}

/// A bidirectional LSTM's tensors; the gates' order is forget, input, output, candidate.
///
/// Weights are drawn as PyTorch draws them, within `± 1 / √hidden`. Biases are zero, but for the forget gates', which are
/// one: a cell keeps what it has until it learns to forget (Jozefowicz, Zaremba and Sutskever 2015).
fn lstm(inputs: usize, hidden: usize) -> [TensorSpec; 7] {
    let LstmNames {
        input_weight,
        forward_recurrent_weight,
        reverse_recurrent_weight,
        forward_forget_bias,
        forward_bias,
        reverse_forget_bias,
        reverse_bias,
    } = tensor_names::lstm();
    let weights = Initialiser::Uniform { bound: 1.0 / (hidden as f32).sqrt() };
    [
        tensor(input_weight, &[inputs, 8 * hidden], weights),
        tensor(forward_recurrent_weight, &[hidden, 4 * hidden], weights),
        tensor(reverse_recurrent_weight, &[hidden, 4 * hidden], weights),
        tensor(forward_forget_bias, &[hidden], Initialiser::Ones),
        tensor(forward_bias, &[3 * hidden], Initialiser::Zeros),
        tensor(reverse_forget_bias, &[hidden], Initialiser::Ones),
        tensor(reverse_bias, &[3 * hidden], Initialiser::Zeros),
    ]
}

/// The linear layer to the emission scores, and the CRF's scores.
fn output_and_crf(width: usize, tags: usize) -> [TensorSpec; 5] {
    let (output, crf) = (tensor_names::output(), tensor_names::crf());
    let weights = Initialiser::Uniform { bound: (6.0 / (width + tags) as f32).sqrt() };
    [
        tensor(output.weight, &[width, tags], weights),
        tensor(output.bias, &[tags], Initialiser::Zeros),
        tensor(crf.start, &[tags], Initialiser::Zeros),
        tensor(crf.transitions, &[tags, tags], Initialiser::Zeros),
        tensor(crf.end, &[tags], Initialiser::Zeros),
    ]
}

fn tensor(name: String, shape: &[usize], init: Initialiser) -> TensorSpec {
    TensorSpec { name, shape: shape.to_vec(), init }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_tensors_come_first_and_the_crf_last() {
        in_order(&ModelSpec::default());
        let lstm = ModelSpec { private_encoder: PrivateEncoder::Bilstm { hidden: 64 }, ..ModelSpec::default() };
        in_order(&lstm);
        let layout = Layout::new(&lstm, &labels());
        assert_eq!(layout.shared_parameters(), 1_008_960, "an LSTM is no part of the shared module");
        assert_eq!(layout.parameters() - layout.shared_parameters(), 82_432 + 128 * 5 + 5 + 35);
    }

    fn labels() -> LabelSet {
        LabelSet::new(vec!["Drug".into(), "Dose".into()]).unwrap()
    }

    fn in_order(spec: &ModelSpec) {
        let layout = Layout::new(spec, &labels());
        let ranges: Vec<_> = layout.ranges().collect();
        let private = ranges.iter().position(|(t, _)| t.name.starts_with("private")).unwrap();
        assert_eq!(ranges[private].1.start, layout.shared_parameters());
        assert!(ranges[private..].iter().all(|(t, _)| t.name.starts_with("private")));
        let crf = layout.crf_range();
        assert_eq!(ranges[ranges.len() - 3].1.start, crf.start);
        assert_eq!(ranges.last().unwrap().1.end, crf.end);
        let decaying = layout.decaying();
        assert_eq!(decaying[0], 0..ranges[0].1.end, "the table decays");
        assert!(decaying.iter().all(|range| range.end <= crf.start), "the CRF doesn't");
    }
}
