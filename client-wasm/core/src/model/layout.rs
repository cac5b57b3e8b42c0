//! Where each tensor lies in the flat parameter buffer.

use std::ops::Range;

use fedner_protocol::{Initialiser, Manifest, ModelSpec, PrivateEncoder, TensorSpec, draw_tensors};

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
}

impl Layout {
    /// The layout of a model for a site's own label set.
    pub fn new(spec: &ModelSpec, labels: &LabelSet) -> Self {
        let (width, tags) = (spec.encoded_width(), labels.tags());
        let mut private = private_encoder(spec);
        let output = Initialiser::Uniform { bound: (6.0 / (width + tags) as f32).sqrt() };
        for (name, shape, init) in [
            ("private.output.weight", vec![width, tags], output),
            ("private.output.bias", vec![tags], Initialiser::Zeros),
            ("private.crf.start", vec![tags], Initialiser::Zeros),
            ("private.crf.transitions", vec![tags, tags], Initialiser::Zeros),
            ("private.crf.end", vec![tags], Initialiser::Zeros),
        ] {
            private.push(TensorSpec { name: name.to_owned(), shape, init });
        }
        Self { spec: spec.clone(), manifest: Manifest::of(spec), labels: labels.clone(), private }
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

    /// Elements of the shared module.
    pub fn shared_parameters(&self) -> usize {
        self.manifest.parameters()
    }

    /// Elements of both modules.
    pub fn parameters(&self) -> usize {
        self.shared_parameters() + self.private.iter().map(TensorSpec::len).sum::<usize>()
    }

    /// Where the CRF's start, transition and end scores lie; they are the last ones.
    pub fn crf_range(&self) -> Range<usize> {
        let tags = self.labels.tags();
        let end = self.parameters();
        end - (tags * tags + 2 * tags)..end
    }

    /// Draws a private module.
    pub fn draw_private(&self, seed: u64) -> Vec<f32> {
        draw_tensors(&self.private, seed ^ PRIVATE_SEED)
    }

    /// Where weight decay acts: on matrices, not on biases, norms and the CRF.
    pub fn decaying(&self) -> Vec<Range<usize>> {
        let decays = |t: &TensorSpec| t.shape.len() == 2 && !t.name.starts_with("private.crf");
        self.ranges().filter(|(tensor, _)| decays(tensor)).map(|(_, range)| range).collect()
    }
}

/// The tensors between the shared encoder and the output layer.
fn private_encoder(spec: &ModelSpec) -> Vec<TensorSpec> {
    match spec.private_encoder {
        PrivateEncoder::None => Vec::new(),
        PrivateEncoder::Convolution { blocks } => (0..blocks)
            .flat_map(|block| Manifest::block(&format!("private.encoder.{block}"), spec.encoder_width))
            .collect(),
        PrivateEncoder::Bilstm { hidden } => lstm(spec.encoder_width, hidden).to_vec(),
    }
}

/// A bidirectional LSTM's tensors as the kernels want them; the gates' order is forget, input, output, candidate.
///
/// Weights are drawn as PyTorch draws them, within `± 1 / √hidden`. Biases are zero, but for the forget gates', which are
/// one: a cell keeps what it has until it learns to forget (Jozefowicz, Zaremba and Sutskever 2015).
fn lstm(inputs: usize, hidden: usize) -> [TensorSpec; 7] {
    let tensor = |name: &str, shape: &[usize], init| TensorSpec {
        name: format!("private.lstm.{name}"),
        shape: shape.to_vec(),
        init,
    };
    let weights = Initialiser::Uniform { bound: 1.0 / (hidden as f32).sqrt() };
    [
        tensor("input.weight", &[inputs, 8 * hidden], weights),
        tensor("forward.recurrent.weight", &[hidden, 4 * hidden], weights),
        tensor("reverse.recurrent.weight", &[hidden, 4 * hidden], weights),
        tensor("forward.forget.bias", &[hidden], Initialiser::Ones),
        tensor("forward.bias", &[3 * hidden], Initialiser::Zeros),
        tensor("reverse.forget.bias", &[hidden], Initialiser::Ones),
        tensor("reverse.bias", &[3 * hidden], Initialiser::Zeros),
    ]
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
