//! The server's own step with the merged pseudo-gradient (Reddi et al. 2021).

use fedner_protocol::ServerOptimiser;

/// What an optimiser remembers between rounds. 64 bits, so that squares of large updates stay finite.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum OptimiserState {
    /// Nothing yet, or an optimiser without memory.
    #[default]
    Empty,
    /// Of [`ServerOptimiser::Momentum`].
    Momentum {
        /// The velocity.
        velocity: Vec<f64>,
    },
    /// Of [`ServerOptimiser::Adam`].
    Adam {
        /// Steps taken.
        steps: u32,
        /// First moment.
        first: Vec<f64>,
        /// Second moment.
        second: Vec<f64>,
    },
}

/// Takes one step: changes the weights and returns the new state. A state of another optimiser or
/// size (the operator chose another one since) starts anew.
pub fn step(optimiser: &ServerOptimiser, state: OptimiserState, weights: &mut [f32], mean: &[f64]) -> OptimiserState {
    debug_assert_eq!(weights.len(), mean.len());
    match *optimiser {
        ServerOptimiser::Sgd { learning_rate } => {
            apply(weights, mean.iter().map(|g| f64::from(learning_rate) * g));
            OptimiserState::Empty
        }
        ServerOptimiser::Momentum { learning_rate, momentum } => {
            let mut velocity = match state {
                OptimiserState::Momentum { velocity } if velocity.len() == mean.len() => velocity,
                _ => vec![0.0; mean.len()],
            };
            for (v, g) in velocity.iter_mut().zip(mean) {
                *v = f64::from(momentum) * *v + g;
            }
            apply(weights, velocity.iter().map(|v| f64::from(learning_rate) * v));
            OptimiserState::Momentum { velocity }
        }
        ServerOptimiser::Adam { learning_rate, beta_1, beta_2, epsilon } => {
            let (beta_1, beta_2) = (f64::from(beta_1), f64::from(beta_2));
            let (steps, mut first, mut second) = match state {
                OptimiserState::Adam { steps, first, second } if first.len() == mean.len() => (steps, first, second),
                _ => (0, vec![0.0; mean.len()], vec![0.0; mean.len()]),
            };
            let steps = steps.saturating_add(1);
            for ((m, v), g) in first.iter_mut().zip(&mut second).zip(mean) {
                *m = beta_1 * *m + (1.0 - beta_1) * g;
                *v = beta_2 * *v + (1.0 - beta_2) * g * g;
            }
            // Both moments start at zero; this takes the bias of that out.
            let unbias_1 = 1.0 - beta_1.powf(f64::from(steps));
            let unbias_2 = 1.0 - beta_2.powf(f64::from(steps));
            let change = |(m, v): (&f64, &f64)| {
                f64::from(learning_rate) * (m / unbias_1) / ((v / unbias_2).sqrt() + f64::from(epsilon))
            };
            apply(weights, first.iter().zip(&second).map(change));
            OptimiserState::Adam { steps, first, second }
        }
    }
}

/// Weights stay finite whatever the updates are: one that would leave `f32` stops at its end.
fn apply(weights: &mut [f32], changes: impl Iterator<Item = f64>) {
    for (weight, change) in weights.iter_mut().zip(changes) {
        *weight = (f64::from(*weight) - change).clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32;
    }
}

const TAG_EMPTY: u32 = 0;
const TAG_MOMENTUM: u32 = 1;
const TAG_ADAM: u32 = 2;

impl OptimiserState {
    /// As bytes for the store: a tag, the steps, then all values; little-endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (tag, steps, parts): (u32, u32, &[&[f64]]) = match self {
            Self::Empty => (TAG_EMPTY, 0, &[]),
            Self::Momentum { velocity } => (TAG_MOMENTUM, 0, &[velocity]),
            Self::Adam { steps, first, second } => (TAG_ADAM, *steps, &[first, second]),
        };
        let mut bytes = Vec::with_capacity(8 + parts.iter().map(|p| p.len() * 8).sum::<usize>());
        bytes.extend(tag.to_le_bytes());
        bytes.extend(steps.to_le_bytes());
        bytes.extend(parts.iter().flat_map(|part| part.iter()).flat_map(|value| value.to_le_bytes()));
        bytes
    }

    /// From bytes of [`OptimiserState::to_bytes`]; `None` when they are not.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (tag, rest) = bytes.split_first_chunk::<4>()?;
        let (steps, rest) = rest.split_first_chunk::<4>()?;
        let (values, left) = rest.as_chunks::<8>();
        let mut values: Vec<f64> = values.iter().map(|b| f64::from_le_bytes(*b)).collect();
        match u32::from_le_bytes(*tag) {
            _ if !left.is_empty() => None,
            TAG_EMPTY if values.is_empty() => Some(Self::Empty),
            TAG_MOMENTUM => Some(Self::Momentum { velocity: values }),
            TAG_ADAM if values.len().is_multiple_of(2) => {
                let second = values.split_off(values.len() / 2);
                Some(Self::Adam { steps: u32::from_le_bytes(*steps), first: values, second })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ADAM: ServerOptimiser =
        ServerOptimiser::Adam { learning_rate: 0.1, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8 };

    #[test]
    fn sgd_with_one_is_federated_averaging() {
        let mut weights = [1.0, 2.0];
        let state = step(&ServerOptimiser::AVERAGING, OptimiserState::Empty, &mut weights, &[0.25, -0.5]);
        assert_eq!((weights, state), ([0.75, 2.5], OptimiserState::Empty));
    }

    #[test]
    fn momentum_keeps_its_velocity() {
        let optimiser = ServerOptimiser::Momentum { learning_rate: 0.5, momentum: 0.5 };
        let mut weights = [0.0];
        let state = step(&optimiser, OptimiserState::Empty, &mut weights, &[1.0]);
        assert_eq!(weights, [-0.5]);
        let state = step(&optimiser, state, &mut weights, &[1.0]);
        assert_eq!(weights, [-1.25]);
        assert_eq!(state, OptimiserState::Momentum { velocity: vec![1.5] });
    }

    #[test]
    fn adam_follows_the_paper() {
        // Figures by hand from algorithm 1 of Kingma and Ba 2015 with gradients 1 and 3.
        let mut weights = [0.0];
        let state = step(&ADAM, OptimiserState::Empty, &mut weights, &[1.0]);
        assert!((weights[0] + 0.1).abs() < 1e-6);
        step(&ADAM, state, &mut weights, &[3.0]);
        let first = (0.9 * 0.1 + 0.1 * 3.0) / (1.0 - 0.81);
        let second: f64 = (0.999 * 0.001 + 0.001 * 9.0) / (1.0 - 0.999 * 0.999);
        let expected = -0.1 - 0.1 * first / second.sqrt();
        assert!((f64::from(weights[0]) - expected).abs() < 1e-5, "{weights:?} {expected}");
    }

    /// One weight under textbook formulas, written as the papers write them: all steps from the start each time.
    fn reference(optimiser: &ServerOptimiser, start: f64, gradients: &[f64]) -> f64 {
        let sum = |decay: f64, share: f64, power: i32, steps: usize| -> f64 {
            let kept = |i: usize| decay.powi((steps - 1 - i) as i32);
            (0..steps).map(|i| kept(i) * share * gradients[i].powi(power)).sum()
        };
        let change = |steps: usize| match *optimiser {
            ServerOptimiser::Sgd { learning_rate } => f64::from(learning_rate) * gradients[steps - 1],
            ServerOptimiser::Momentum { learning_rate, momentum } => {
                f64::from(learning_rate) * sum(f64::from(momentum), 1.0, 1, steps)
            }
            ServerOptimiser::Adam { learning_rate, beta_1, beta_2, epsilon } => {
                let (beta_1, beta_2) = (f64::from(beta_1), f64::from(beta_2));
                let first = sum(beta_1, 1.0 - beta_1, 1, steps) / (1.0 - beta_1.powi(steps as i32));
                let second = sum(beta_2, 1.0 - beta_2, 2, steps) / (1.0 - beta_2.powi(steps as i32));
                f64::from(learning_rate) * first / (second.sqrt() + f64::from(epsilon))
            }
        };
        start - (1..=gradients.len()).map(change).sum::<f64>()
    }

    proptest! {
        #[test]
        fn many_steps_follow_the_textbook(
            start in prop::collection::vec(-2f32..2.0, 3),
            gradients in prop::collection::vec(prop::collection::vec(-3f64..3.0, 3), 1..20),
        ) {
            let momentum = ServerOptimiser::Momentum { learning_rate: 0.3, momentum: 0.9 };
            for optimiser in [ServerOptimiser::Sgd { learning_rate: 0.7 }, momentum, ADAM] {
                let (mut weights, mut state) = (start.clone(), OptimiserState::Empty);
                for mean in &gradients {
                    // Each state goes through the store, as it does between rounds.
                    state = OptimiserState::from_bytes(&step(&optimiser, state, &mut weights, mean).to_bytes()).unwrap();
                }
                for (i, weight) in weights.iter().enumerate() {
                    let column: Vec<f64> = gradients.iter().map(|mean| mean[i]).collect();
                    let expected = reference(&optimiser, f64::from(start[i]), &column);
                    prop_assert!((f64::from(*weight) - expected).abs() < 1e-4, "{optimiser:?} {weight} {expected}");
                }
            }
        }
    }

    #[test]
    fn huge_updates_leave_finite_weights_and_state() {
        for optimiser in [ServerOptimiser::default(), ADAM] {
            let mut weights = [f32::MIN, 0.0];
            let mean = [f64::from(f32::MAX), -f64::from(f32::MAX)];
            let state = step(&optimiser, OptimiserState::Empty, &mut weights, &mean);
            step(&optimiser, state, &mut weights, &mean);
            assert!(weights.iter().all(|w| w.is_finite()), "{weights:?}");
        }
    }

    #[test]
    fn states_survive_the_store_and_damage_is_noticed() {
        let adam = OptimiserState::Adam { steps: 7, first: vec![1.0, 2.0], second: vec![3.0, 4.0] };
        for state in [OptimiserState::Empty, OptimiserState::Momentum { velocity: vec![0.5; 3] }, adam] {
            let bytes = state.to_bytes();
            assert_eq!(OptimiserState::from_bytes(&bytes), Some(state));
            assert_eq!(OptimiserState::from_bytes(&bytes[..bytes.len() - 1]), None);
        }
    }

    #[test]
    fn a_state_of_another_optimiser_starts_anew() {
        let mut weights = [0.0];
        let state = step(&ADAM, OptimiserState::Momentum { velocity: vec![9.0] }, &mut weights, &[1.0]);
        assert!(matches!(state, OptimiserState::Adam { steps: 1, .. }));
    }
}
