//! The simulated federation's configuration.

use fedner_protocol::{
    Aggregation, Decoder, Feature, FeatureTable, LocalSteps, ModelSpec, PrivateEncoder, RoundPolicy, ServerOptimiser,
    Weighting,
};

use super::{DEADLINE_S, QUORUM, ROUNDS};
use crate::config::FederationConfig;
use crate::federation::simulation::operation::{SITES, TABS};

pub(in super::super) fn config(name: &str) -> FederationConfig {
    let features = vec![FeatureTable { feature: Feature::Form, rows: 1 }];
    let model = ModelSpec {
        features,
        hashes: 1,
        hash_seed: 1,
        embedding_width: 1,
        encoder_width: SITES * TABS,
        encoder_blocks: 0,
        private_encoder: PrivateEncoder::None,
        decoder: Decoder::Crf,
        pretrained: None,
    };
    let id = name.parse().expect("the simulation gives valid names");
    FederationConfig {
        optimiser: ServerOptimiser::AVERAGING,
        model,
        presence_timeout_s: 5,
        rounds: RoundPolicy {
            min_sites: 3,
            quorum: QUORUM,
            deadline_s: DEADLINE_S,
            rounds: ROUNDS,
            local_steps: LocalSteps::Fixed(1),
        },
        aggregation: Aggregation::Mean { weighting: Weighting::Uniform },
        ..FederationConfig::new(id, "Simulated")
    }
}
