//! A server that plays a federation back: its states in order, and then the person leaves.

use std::collections::VecDeque;

use burn::tensor::Device;
use fedner_protocol::{
    Aggregation, Digest, EnrolRequest, EnrolResponse, FederationEvent, FederationId, FederationInfo, FederationState,
    Happened, LocalSteps, Manifest, ModelSpec, Phase, RoundPolicy, ServerOptimiser, SiteId, TrainingPolicy,
    UpdateBounds, UpdateReceipt, encode_model,
};
use pollster::block_on;

use crate::{
    corpus::Corpus,
    enrolment::{Enrolment, EnrolmentStore},
    observer::Observer,
    participant::{
        Base, Entropy, Host, Invitation, NoMasking, Outcome, OutgoingUpdate, RoundAttempt, Transport, TransportError,
        participate,
    },
    session::Session,
    training::tests::task,
};

/// A federation as a site sees it.
pub struct PlayedServer {
    info: FederationInfo,
    /// The shared module of each version.
    versions: Vec<Vec<f32>>,
    states: VecDeque<FederationState>,
    pub updates: usize,
    baseline: bool,
}

impl PlayedServer {
    /// A federation of these versions; in each round a site takes this many steps.
    pub fn new(id: &str, model: &ModelSpec, versions: Vec<Vec<f32>>, steps: u32) -> Self {
        let rounds = RoundPolicy {
            min_sites: 2,
            quorum: 2,
            rounds: versions.len() as u32,
            local_steps: LocalSteps::Fixed(steps),
            ..RoundPolicy::default()
        };
        let training = TrainingPolicy { finish_passes: 0, batch_size: 16, ..task(1).policy };
        let info = FederationInfo {
            id: id.parse().unwrap(),
            name: id.to_owned(),
            model: model.clone(),
            manifest: Manifest::of(model),
            rounds,
            training,
            aggregation: Aggregation::default(),
            secure_aggregation: None,
            bounds: UpdateBounds::default(),
            optimiser: ServerOptimiser::default(),
            state: FederationState {
                version: 0,
                model: Digest::of(&encode_model(&Manifest::of(model), 0, &versions[0]).unwrap()),
                present: 1,
                phase: Phase::Waiting { min_sites: 2 },
            },
        };
        Self { info, versions, states: VecDeque::new(), updates: 0, baseline: false }
    }

    /// The bytes of a version.
    fn model_bytes(&self, version: u32) -> Vec<u8> {
        encode_model(&self.info.manifest, version, &self.versions[version as usize]).unwrap()
    }

    /// Then the server is in this state.
    pub fn then(mut self, version: u32, phase: Phase) -> Self {
        let model = Digest::of(&self.model_bytes(version));
        self.states.push_back(FederationState { version, model, present: 1, phase });
        self
    }

    /// The site trains a model alone at the end, to compare.
    pub fn with_baseline(self) -> Self {
        Self { baseline: true, ..self }
    }

    /// Then it waits for more sites.
    pub fn waiting(self, version: u32) -> Self {
        self.then(version, Phase::Waiting { min_sites: 2 })
    }

    /// Then a round is open.
    pub fn open(self, round: u32) -> Self {
        self.then(round - 1, Phase::Open { round, attempt: 1, received: 0, deadline_in_ms: 1000 })
    }

    /// Has a site take part until the person leaves or the federation is finished.
    pub fn play(mut self, session: &mut Option<Session>, corpus: &Corpus, observer: &mut impl Observer) -> Outcome {
        let federation = self.info.id.clone();
        let invitation = Invitation {
            federation,
            secret: None,
            identity: None,
            enrolment: None,
            seed: 5,
            baseline: self.baseline,
            masked_only: false,
        };
        let host = Host {
            transport: &mut self,
            entropy: &mut Counter(0),
            enrolments: &mut Forgotten,
            observer,
            masking: &mut NoMasking,
        };
        block_on(participate(session, &Device::flex(), corpus, invitation, host)).unwrap()
    }
}

impl Transport for PlayedServer {
    fn server(&self) -> &str {
        "https://played.example"
    }

    fn set_credential(&mut self, _: &str) {}

    async fn enrol(&mut self, _: &EnrolRequest) -> Result<EnrolResponse, TransportError> {
        Ok(EnrolResponse { site: SiteId::from_random([1; 16]), credential: "key".into() })
    }

    async fn federation(&mut self, _: &FederationId) -> Result<FederationInfo, TransportError> {
        Ok(self.info.clone())
    }

    async fn model(&mut self, _: &FederationId, base: &Base) -> Result<Vec<u8>, TransportError> {
        Ok(self.model_bytes(base.version))
    }

    async fn put_update(&mut self, update: &OutgoingUpdate) -> Result<UpdateReceipt, TransportError> {
        self.updates += 1;
        Ok(UpdateReceipt { update: update.id, round: update.round })
    }

    async fn secure_view(&mut self, _: &FederationId, _: u32) -> Result<Vec<u8>, TransportError> {
        Err(TransportError::Cancelled)
    }

    async fn send_secure(&mut self, _: &FederationId, _: RoundAttempt, _: &[u8]) -> Result<(), TransportError> {
        Err(TransportError::Cancelled)
    }

    async fn leave(&mut self, _: &FederationId) -> Result<(), TransportError> {
        Ok(())
    }

    async fn next_event(&mut self, _: &FederationId) -> Result<FederationEvent, TransportError> {
        let state = self.states.pop_front().ok_or(TransportError::Cancelled)?;
        Ok(FederationEvent { happened: Happened::Connected, state })
    }

    fn disconnect(&mut self) {}

    async fn pause(&mut self, _: u32) {}
}

struct Counter(u8);

impl Entropy for Counter {
    fn bytes(&mut self) -> [u8; 16] {
        self.0 += 1;
        [self.0; 16]
    }
}

struct Forgotten;

impl EnrolmentStore for Forgotten {
    fn keep(&mut self, _: &Enrolment) {}
}
