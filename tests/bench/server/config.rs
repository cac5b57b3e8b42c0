//! The server's configuration: the defaults, except that all sites have one address.

use std::num::NonZeroU32;

use clap::ValueEnum;
use fedner_protocol::{ModelSpec, RoundPolicy};
use fedner_server::config::Enrolment;
use fedner_server::{Config, FederationConfig};

/// How large the shared module is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ModelSize {
    /// That of the tests, 14,000 parameters.
    Small,
    /// About a million parameters.
    Million,
}

impl ModelSize {
    /// Its specification.
    pub fn spec(self) -> ModelSpec {
        let mut spec = ModelSpec::small();
        if self == Self::Million {
            // 16 values a row.
            spec.features[0].rows = 62_000;
        }
        spec
    }
}

/// A federation `test` of so many sites, all of which are waited for.
pub fn config(sites: usize, model: ModelSize) -> Config {
    let count = u32::try_from(sites).unwrap_or(u32::MAX);
    let federation = FederationConfig {
        enrolment: Enrolment::Open,
        sites_may_learn_each_others_updates: true,
        sites_max: count.max(1000),
        rounds: RoundPolicy {
            min_sites: count,
            quorum: count,
            deadline_s: 3600,
            rounds: 100_000,
            ..RoundPolicy::default()
        },
        model: model.spec(),
        ..FederationConfig::new("test".parse().unwrap_or_else(|_| unreachable!("it is an id")), "Load")
    };
    let mut config = Config { federations: vec![federation], ..Config::default() };
    config.listen.address = ([127, 0, 0, 1], 0).into();
    config.log.level = "warn".to_owned();
    // What bounds a single address: here it has all the sites.
    let many = NonZeroU32::new(10_000_000).unwrap_or(NonZeroU32::MIN);
    config.limits.connections_per_address_max = config.listen.connections_max;
    config.limits.streams_per_address_max = config.limits.streams_max;
    config.limits.enrolments_per_day = many;
    (config.limits.address_requests_per_minute, config.limits.address_requests_burst) = (many, many);
    config
}
