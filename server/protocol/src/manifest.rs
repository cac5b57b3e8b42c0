//! The manifest: names, shapes and initialisers of the shared module's tensors.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::{
    Digest, ModelSpec,
    tensor_names::{self, DenseTensors},
};

/// How a tensor of version 0 is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Initialiser {
    /// All zero.
    Zeros,
    /// All one.
    Ones,
    /// Uniform in `[-bound, bound)`.
    Uniform {
        /// The bound.
        bound: f32,
    },
}

/// One tensor of the shared module; f32, row-major.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TensorSpec {
    /// Its name, such as `encoder.0.weight`.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// How version 0 draws it.
    pub init: Initialiser,
}

impl TensorSpec {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it has no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The shared module's tensors in order, and a digest that names exactly this list.
///
/// A module's values are exchanged as one flat `f32` buffer in this order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The tensors.
    pub tensors: Vec<TensorSpec>,
    /// SHA-256 over names, shapes and the specification they follow from.
    pub digest: Digest,
}

impl Manifest {
    /// The manifest of a specification's shared module.
    pub fn of(spec: &ModelSpec) -> Self {
        let width = spec.encoder_width;
        // The rows of one token's feature are summed, so each starts small.
        let embedding_bound = 0.5 / (spec.hashes as f32).sqrt();
        let mut tensors = vec![tensor(
            tensor_names::EMBEDDING.to_owned(),
            &[spec.rows_total(), spec.embedding_width],
            Initialiser::Uniform { bound: embedding_bound },
        )];
        tensors.extend(dense(tensor_names::INPUT, spec.inputs(), width));
        for block in 0..spec.encoder_blocks {
            tensors.extend(Self::block(&tensor_names::encoder_block(block), width));
        }
        let described: Vec<_> = tensors.iter().map(|t| (&t.name, &t.shape)).collect();
        let canonical = serde_json::to_vec(&(spec, described)).unwrap_or_default();
        Self { digest: Digest::of(&canonical), tensors }
    }

    /// The tensors of one residual block; private encoders are built of the same ones.
    pub fn block(prefix: &str, width: usize) -> [TensorSpec; 4] {
        dense(prefix, 3 * width, width)
    }

    /// Elements of all tensors together.
    pub fn parameters(&self) -> usize {
        self.tensors.iter().map(TensorSpec::len).sum()
    }

    /// Each tensor with its range in the flat buffer.
    pub fn ranges(&self) -> impl Iterator<Item = (&TensorSpec, std::ops::Range<usize>)> {
        self.tensors.iter().scan(0, |start, tensor| {
            let range = *start..*start + tensor.len();
            *start = range.end;
            Some((tensor, range))
        })
    }

    /// Draws version 0: the same seed gives the same bytes on every machine.
    pub fn draw(&self, seed: u64) -> Vec<f32> {
        draw_tensors(&self.tensors, seed)
    }
}

/// Draws tensors one after the other into a flat buffer; private modules are drawn the same way.
pub fn draw_tensors(tensors: &[TensorSpec], seed: u64) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut values = Vec::with_capacity(tensors.iter().map(TensorSpec::len).sum());
    for tensor in tensors {
        values.extend((0..tensor.len()).map(|_| match tensor.init {
            Initialiser::Zeros => 0.0,
            Initialiser::Ones => 1.0,
            Initialiser::Uniform { bound } => rng.random_range(-bound..bound),
        }));
    }
    values
}

/// Glorot and Bengio 2010: keeps the variance of activations and gradients across a layer.
fn glorot(fan_in: usize, fan_out: usize) -> Initialiser {
    Initialiser::Uniform { bound: (6.0 / (fan_in + fan_out) as f32).sqrt() }
}

/// The tensors of a dense layer with layer normalisation.
fn dense(prefix: &str, inputs: usize, width: usize) -> [TensorSpec; 4] {
    let DenseTensors { weight, bias, gamma, beta } = tensor_names::dense(prefix);
    [
        tensor(weight, &[inputs, width], glorot(inputs, width)),
        tensor(bias, &[width], Initialiser::Zeros),
        tensor(gamma, &[width], Initialiser::Ones),
        tensor(beta, &[width], Initialiser::Zeros),
    ]
}

fn tensor(name: String, shape: &[usize], init: Initialiser) -> TensorSpec {
    TensorSpec { name, shape: shape.to_vec(), init }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_model_has_about_a_million_parameters() {
        let manifest = Manifest::of(&ModelSpec::default());
        assert_eq!(manifest.parameters(), 1_008_960);
        let last = manifest.ranges().last().unwrap();
        assert_eq!(last.1.end, manifest.parameters());
    }

    #[test]
    fn drawing_is_seeded_and_bounded() {
        let manifest = Manifest::of(&ModelSpec::small());
        assert_eq!(manifest.draw(1), manifest.draw(1));
        assert_ne!(manifest.draw(1), manifest.draw(2));
        assert!(manifest.draw(1).iter().all(|v| v.abs() <= 1.0));
    }

    #[test]
    fn the_digest_changes_with_anything_two_sites_must_agree_on() {
        let base = Manifest::of(&ModelSpec::small()).digest;
        let seed = ModelSpec { hash_seed: 1, ..ModelSpec::small() };
        let width = ModelSpec { encoder_width: 25, ..ModelSpec::small() };
        assert_ne!(base, Manifest::of(&seed).digest);
        assert_ne!(base, Manifest::of(&width).digest);
    }
}
