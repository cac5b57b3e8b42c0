//! The configuration that the tests start the program with; each changes what it is about.

use fedner_protocol::{Decoder, Feature, FeatureTable, ModelSpec, PrivateEncoder, RoundPolicy, ServerOptimiser};
use fedner_server::config::Enrolment;
use fedner_server::{Config, FederationConfig};

/// A server on a free port of this machine, with one federation `test` that anybody may enter. Every one of so many
/// sites is needed for a round, so that only they decide what is in it.
pub fn config(sites: u32, change: impl FnOnce(&mut FederationConfig)) -> Config {
    let mut federation = FederationConfig {
        optimiser: ServerOptimiser::AVERAGING,
        enrolment: Enrolment::Open,
        sites_may_learn_each_others_updates: true,
        rounds: RoundPolicy { min_sites: sites, quorum: sites, ..RoundPolicy::default() },
        model: model(64, 4),
        ..FederationConfig::new("test".parse().unwrap(), "Test")
    };
    change(&mut federation);
    let mut config = Config { federations: vec![federation], ..Config::default() };
    config.listen.address = ([127, 0, 0, 1], 0).into();
    config.log.level = "warn".to_owned();
    config
}

/// A model with little in it but a table of so many rows.
pub fn model(rows: usize, width: usize) -> ModelSpec {
    ModelSpec {
        features: vec![FeatureTable { feature: Feature::Form, rows }],
        hashes: 1,
        hash_seed: 1,
        embedding_width: width,
        encoder_width: width,
        encoder_blocks: 0,
        private_encoder: PrivateEncoder::None,
        decoder: Decoder::Crf,
        pretrained: None,
    }
}

/// A server optimiser whose state depends on every merge before.
pub fn adam() -> ServerOptimiser {
    ServerOptimiser::Adam { learning_rate: 0.1, beta_1: 0.9, beta_2: 0.99, epsilon: 0.001 }
}
