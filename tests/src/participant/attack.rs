//! What a dishonest site does to its updates on their way to the server.

use fedner_protocol::{Manifest, decode_update, encode_update};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Norm of the noise, as a multiple of the update's.
const NOISE_RATIO: f64 = 10.0;

/// One way to spoil a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attack {
    /// The update points the other way.
    SignFlip,
    /// The update is a hundred times as long.
    Times100,
    /// The update is noise, ten times as long.
    Noise,
    /// The update points the other way and claims to stand for four billion sentences.
    Overstated,
}

impl Attack {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::SignFlip, Self::Times100, Self::Noise, Self::Overstated];

    /// The spoilt update; the same one each time it is sent.
    pub fn on(self, manifest: &Manifest, update: &[u8]) -> Vec<u8> {
        let (mut header, mut values) = decode_update(manifest, update).expect("the participant makes valid updates");
        match self {
            Self::SignFlip => values.iter_mut().for_each(|v| *v = -*v),
            Self::Times100 => values.iter_mut().for_each(|v| *v *= 100.0),
            Self::Noise => noise(&mut values, u64::from(header.round)),
            Self::Overstated => {
                values.iter_mut().for_each(|v| *v = -*v);
                header.samples = u32::MAX;
            }
        }
        encode_update(manifest, &header, &values).expect("the values still fit")
    }
}

fn noise(values: &mut [f32], seed: u64) {
    let norm = values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
    // Uniform values in [-bound, bound) have a standard deviation of bound / √3.
    let bound = NOISE_RATIO * norm * (3.0 / values.len() as f64).sqrt();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    values.iter_mut().for_each(|v| *v = (rng.random_range(-1.0..1.0) * bound) as f32);
}
