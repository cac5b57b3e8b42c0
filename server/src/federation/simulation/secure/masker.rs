//! A site that masks its updates.

use base64ct::{Base64UrlUnpadded, Encoding};
use fedner_protocol::{
    Digest, Manifest, MaskedHeader, SiteId, UpdateHeader, UpdateId, encode_masked_update, pack_numbers,
};
use fedner_secure_aggregation::{Action, Masked, Message, Refusal, SiteState, View};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::clock::Clock;
use crate::config::FederationConfig;
use crate::credential::Credential;
use crate::events::EventStream;
use crate::federation::simulation::replica::Replica;
use crate::store::{Enrolled, NewSite};

/// What becomes of a request and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Delivery {
    /// Both arrive.
    Arrives,
    /// The request is lost.
    RequestLost,
    /// The answer is lost.
    AnswerLost,
    /// The tab is killed after its state was stored, before the request is sent.
    KilledBefore,
}

/// A masked update on its way.
#[derive(Debug, Clone)]
pub(super) struct Update {
    pub(super) round: u32,
    attempt: u32,
    pub(super) id: UpdateId,
    pub(super) body: Vec<u8>,
    /// What was masked.
    pub(super) values: Vec<i32>,
}

/// What a site sends.
#[derive(Debug)]
pub(super) enum Sent {
    /// Its keys or shares, for a round and attempt.
    Message((u32, u32), Message),
    /// What unmasks the sum.
    Answer((u32, u32), Message),
    /// Its masked update.
    Update(Update),
}

/// One site.
pub(super) struct Masker {
    pub(super) id: SiteId,
    signer: SigningKey,
    /// On its disk.
    stored: Option<Vec<u8>>,
    /// Never the same again, also after its tab was killed.
    rng: ChaCha8Rng,
    /// Open while its tab is there.
    pub(super) stream: Option<EventStream>,
    /// In its memory: what it has trained in a round, and the update that it sends until it is acknowledged.
    trained: Option<(u32, Vec<i32>)>,
    update: Option<Update>,
}

impl Masker {
    pub(super) async fn enrol(number: u8, replica: &Replica, config: &FederationConfig) -> Self {
        let signer = SigningKey::from_slice(&[number; 32]).expect("a small number is a key");
        let point = signer.verifying_key().to_sec1_point(false);
        let credential = Credential::generate().expect("the machine has random bytes");
        let site = NewSite {
            id: credential.site(),
            federation: config.id.clone(),
            credential: credential.hash(),
            public_key: Some(Base64UrlUnpadded::encode_string(point.as_bytes())),
            invitation: None,
        };
        let enrolled = replica.store.enrol(&site, replica.machine.now(), config.sites_max).await;
        assert_eq!(enrolled.expect("nothing fails here"), Enrolled::New);
        let rng = ChaCha8Rng::seed_from_u64(u64::from(number));
        Self { id: site.id, signer, stored: None, rng, stream: None, trained: None, update: None }
    }

    /// Its tab is gone, with all that was in memory.
    pub(super) fn close(&mut self) {
        (self.stream, self.trained, self.update) = (None, None, None);
    }

    /// What it sends next; its state is stored by then.
    pub(super) fn next(
        &mut self,
        view: &View,
        config: &FederationConfig,
        (manifest, base): (&Manifest, Digest),
    ) -> Result<Option<Sent>, String> {
        let of = (view.attempt.round, view.attempt.attempt);
        let words = |refusal: Refusal| refusal.to_string();
        let mut entropy = [0; 32];
        self.rng.fill_bytes(&mut entropy);
        let mut state = SiteState::read(self.stored.as_deref()).map_err(words)?;
        let action = state.next(&view.attempt, view, entropy).map_err(words)?;
        self.stored = Some(state.stored().map_err(words)?);
        Ok(match action {
            Action::Sign(statement) => {
                let signature: Signature = self.signer.sign(statement.as_bytes());
                Some(Sent::Message(of, state.keys(signature.to_bytes().to_vec()).map_err(words)?))
            }
            Action::Send(message @ Message::Unmask(_)) => Some(Sent::Answer(of, message)),
            Action::Send(message) => Some(Sent::Message(of, message)),
            Action::Mask => self.mask(state, view, config, (manifest, base))?.map(Sent::Update),
            Action::Wait | Action::Out | Action::Refuse(_) => None,
        })
    }

    fn mask(
        &mut self,
        mut state: SiteState,
        view: &View,
        config: &FederationConfig,
        (manifest, base): (&Manifest, Digest),
    ) -> Result<Option<Update>, String> {
        let (round, attempt) = (view.attempt.round, view.attempt.attempt);
        let same = |update: &&Update| (update.round, update.attempt) == (round, attempt);
        if let Some(update) = self.update.as_ref().filter(same) {
            return Ok(Some(update.clone()));
        }
        let levels = config.secure_aggregation.as_ref().expect("the simulated federation has one").levels();
        let rng = &mut self.rng;
        let mut train =
            || (0..manifest.parameters()).map(|_| rng.random_range(-(levels as i32)..=levels as i32)).collect();
        let values: Vec<i32> = match self.trained.take() {
            Some((trained, values)) if trained == round => values,
            _ => train(),
        };
        self.trained = Some((round, values.clone()));
        let Masked { ring, numbers, .. } = match state.mask(view, levels, &values) {
            Err(Refusal::MaskedBefore) => return Ok(None),
            masked => masked.map_err(|refusal| refusal.to_string())?,
        };
        self.stored = Some(state.stored().map_err(|refusal| refusal.to_string())?);
        let update = UpdateHeader {
            federation: config.id.clone(),
            round,
            base_version: round - 1,
            base_model: Some(base),
            samples: 1,
            manifest: manifest.digest.clone(),
        };
        let header = MaskedHeader { update, attempt, bits: ring.bits() };
        let body = encode_masked_update(&header, &pack_numbers(&numbers, ring.bits())).map_err(|e| e.to_string())?;
        let mut bytes = [0; 16];
        self.rng.fill_bytes(&mut bytes);
        let update = Update { round, attempt, id: UpdateId::from_random(bytes), body, values };
        self.update = Some(update.clone());
        Ok(Some(update))
    }
}
