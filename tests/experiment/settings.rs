//! What is run: sites, sizes and policies. All of it goes into the results.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use fedner_protocol::{
    Aggregation, LocalSteps, ModelSpec, RoundPolicy, ServerOptimiser, TrainingPolicy, UpdateBounds, Weighting,
};
use fedner_server::FederationConfig;
use fedner_server::config::Enrolment;
use serde::{Deserialize, Serialize};

/// Sentences of a site's `dev.conll` that choose its checkpoint and make its learning curve.
const HELD_OUT_MAX: usize = 500;
/// No round is ever closed by the clock here, however busy the machine is.
const DEADLINE_S: u32 = 7 * 24 * 3600;

use crate::encoder::EncoderChoice;

/// A way to train all sites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Each site alone.
    Local,
    /// Each site alone, from the warm start.
    LocalWarm,
    /// Each site alone, by spaCy.
    Spacy,
    /// The product: the shared module federated, private modules local, then the last passes alone.
    Fedner,
    /// Everything shared over the union of the label sets.
    FedavgUnion,
    /// One shared module trained centrally with one private module a site, then the last passes alone.
    Pooled,
}

impl Method {
    /// What is compared where nothing else is asked for.
    pub const ALL: [Self; 4] = [Self::Local, Self::Fedner, Self::FedavgUnion, Self::Pooled];
    const NAMED: [Self; 6] = [Self::Local, Self::LocalWarm, Self::Spacy, Self::Fedner, Self::FedavgUnion, Self::Pooled];

    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::LocalWarm => "local-warm",
            Self::Spacy => "spacy",
            Self::Fedner => "fedner",
            Self::FedavgUnion => "fedavg-union",
            Self::Pooled => "pooled",
        }
    }

    /// The method with this name.
    pub fn named(name: &str) -> Result<Self> {
        let found = Self::NAMED.into_iter().find(|method| method.name() == name);
        found.with_context(|| {
            format!("there is no method {name:?}; choose of {}", Self::NAMED.map(Self::name).join(", "))
        })
    }
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A folder of the data, and how much of its `train.conll` is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteChoice {
    pub name: String,
    /// Most training sentences; documents are taken from the start of the file until they have so many.
    pub train_limit: Option<usize>,
}

impl SiteChoice {
    /// Reads `name` or `name:limit`.
    pub fn parse(text: &str) -> Result<Self> {
        let (name, limit) = match text.split_once(':') {
            None => (text, None),
            Some((name, limit)) => {
                (name, Some(limit.parse().with_context(|| format!("{text:?}: after ':' stands a number"))?))
            }
        };
        if name.is_empty() || name.contains(['/', '\\']) {
            bail!("{text:?} names no folder of the data");
        }
        Ok(Self { name: name.to_owned(), train_limit: limit })
    }

    /// How it is called in results.
    pub fn title(&self) -> String {
        self.train_limit.map_or_else(|| self.name.clone(), |limit| format!("{}:{limit}", self.name))
    }
}

/// A shared module trained on public corpora, from which sites and federations start instead of a drawn one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarmStart {
    /// None of the sites of the experiment. Documents that share a sentence with one of those are left out.
    pub corpora: Vec<SiteChoice>,
    pub passes: u32,
    pub seed: u64,
}

impl WarmStart {
    /// Passes over the corpora where nothing else is asked for.
    pub const PASSES: u32 = 10;

    /// Of these corpora, with the usual passes.
    pub fn of(corpora: Vec<SiteChoice>) -> Self {
        Self { corpora, passes: Self::PASSES, seed: 1 }
    }
}

/// Everything that decides a result, but for method and seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    pub sites: Vec<SiteChoice>,
    pub held_out_max: usize,
    pub model: ModelSpec,
    pub rounds: u32,
    pub local_steps: LocalSteps,
    pub training: TrainingPolicy,
    pub aggregation: Aggregation,
    pub optimiser: ServerOptimiser,
    /// Passes of training alone; where nothing is said, *Train here* decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alone_passes: Option<u64>,
    /// Sites that come when the federation is finished, with so many sentences.
    pub joiners: Vec<SiteChoice>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_start: Option<WarmStart>,
    /// What reads the notes first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoder: Option<EncoderChoice>,
}

impl Default for Settings {
    /// The product's defaults on the five corpora of the table.
    fn default() -> Self {
        let rounds = RoundPolicy::default();
        let sites = ["ade", "psytar", "twimed", "bc5cdr:1000", "ncbi-disease:1000"];
        let choice = |text| SiteChoice::parse(text).unwrap_or_else(|_| unreachable!("the names above are well-formed"));
        Self {
            sites: sites.map(choice).to_vec(),
            held_out_max: HELD_OUT_MAX,
            model: ModelSpec::default(),
            rounds: rounds.rounds,
            local_steps: rounds.local_steps,
            training: TrainingPolicy::default(),
            aggregation: Aggregation::default(),
            optimiser: ServerOptimiser::default(),
            alone_passes: None,
            joiners: Vec::new(),
            encoder: None,
            warm_start: None,
        }
    }
}

impl Settings {
    /// Passes over its own sentences that every site takes in all, for one whose sentences take `pass` steps.
    pub fn passes(&self, pass: u64) -> u64 {
        let federated = self.local_steps.of_round(self.rounds, pass).end.div_ceil(pass);
        federated + self.training.finish_passes_of(pass)
    }

    /// The rounds as the product takes them.
    pub fn round_policy(&self) -> RoundPolicy {
        let sites = self.sites.len() as u32;
        RoundPolicy {
            min_sites: sites,
            quorum: sites,
            deadline_s: DEADLINE_S,
            rounds: self.rounds,
            local_steps: self.local_steps,
        }
    }

    /// The federation as the server takes it; version 0 is in the file, if there is one.
    pub fn federation(&self, seed: u64, initial_model: Option<PathBuf>) -> Result<FederationConfig> {
        Ok(FederationConfig {
            enrolment: Enrolment::Open,
            sites_may_learn_each_others_updates: true,
            seed,
            initial_model,
            model: self.model.clone(),
            rounds: self.round_policy(),
            training: self.training.clone(),
            aggregation: self.aggregation,
            bounds: UpdateBounds { norm_max: f32::MAX, samples_max: 1_000_000, ..UpdateBounds::default() },
            optimiser: self.optimiser,
            ..FederationConfig::new("test".parse()?, "Experiment")
        })
    }

    /// These settings without what a method takes no notice of, so that its results serve every comparison.
    pub fn relevant(&self, method: Method) -> Self {
        if method == Method::Spacy {
            let (sites, held_out_max) = (self.sites.clone(), self.held_out_max);
            return Self { sites, held_out_max, ..Self::default() };
        }
        let mut settings = self.clone();
        if matches!(method, Method::Local | Method::FedavgUnion) {
            settings.warm_start = None;
        }
        if matches!(method, Method::Local | Method::LocalWarm) {
            let rounds = RoundPolicy::default();
            (settings.rounds, settings.local_steps) = (rounds.rounds, rounds.local_steps);
        }
        if matches!(method, Method::Local | Method::LocalWarm | Method::Pooled) {
            settings.aggregation = Aggregation::Mean { weighting: Weighting::Uniform };
            settings.optimiser = ServerOptimiser::default();
        }
        if method != Method::Fedner {
            settings.joiners.clear();
        }
        settings
    }
}
