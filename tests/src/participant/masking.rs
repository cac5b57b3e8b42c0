//! The cryptography of secure aggregation for native sites, with the state that a browser would keep in its database.

use std::sync::{Arc, Mutex};

use fedner_core::participant::{Entropy, Masking, PackedNumbers, RoundAttempt, SecureAction};
use fedner_protocol::{FederationId, pack_numbers};
use fedner_secure_aggregation::{Action, Attempt, Masked, Refusal, SiteState, View};
use serde::de::DeserializeOwned;

use crate::signing::signature;

use super::{NOT_POISONED, Record, SeededEntropy};

/// One site's.
pub(super) struct NativeMasking {
    number: u8,
    entropy: SeededEntropy,
    record: Arc<Mutex<Record>>,
}

impl NativeMasking {
    /// With the identity key that [`identity`](crate::identity::identity) makes of a number, going on from what the record
    /// holds.
    pub fn new(number: u8, entropy: SeededEntropy, record: Arc<Mutex<Record>>) -> Self {
        Self { number, entropy, record }
    }

    fn state(&self) -> Result<SiteState, String> {
        let record = self.record.lock().expect(NOT_POISONED);
        SiteState::read(record.secure_state.as_deref()).map_err(|e| e.to_string())
    }

    fn keep(&self, state: &SiteState) -> Result<(), String> {
        let bytes = state.stored().map_err(|e| e.to_string())?;
        self.record.lock().expect(NOT_POISONED).secure_state = Some(bytes);
        Ok(())
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|e| format!("the server's answer can't be understood: {e}"))
}

impl Masking for NativeMasking {
    const SUPPORTED: bool = true;

    async fn next(&mut self, id: &FederationId, of: RoundAttempt, view: &[u8]) -> Result<SecureAction, String> {
        let view: View = read(view)?;
        let attempt = Attempt { federation: id.clone(), round: of.round, attempt: of.attempt };
        let mut entropy = [0; 32];
        entropy[..16].copy_from_slice(&self.entropy.bytes());
        entropy[16..].copy_from_slice(&self.entropy.bytes());
        let mut state = self.state()?;
        let action = state.next(&attempt, &view, entropy).map_err(|e| e.to_string())?;
        self.keep(&state)?;
        let message = match action {
            Action::Wait => return Ok(SecureAction::Wait),
            Action::Mask => return Ok(SecureAction::Mask),
            Action::Out => return Ok(SecureAction::Out),
            Action::Refuse(refusal) => return Ok(SecureAction::Refuse(refusal.to_string())),
            Action::Send(message) => message,
            Action::Sign(statement) => state.keys(signature(self.number, &statement)).map_err(|e| e.to_string())?,
        };
        serde_json::to_vec(&message).map(SecureAction::Send).map_err(|e| e.to_string())
    }

    async fn mask(
        &mut self,
        _: &FederationId,
        view: &[u8],
        levels: u32,
        values: &[i32],
    ) -> Result<Option<PackedNumbers>, String> {
        let mut state = self.state()?;
        let masked = match state.mask(&read(view)?, levels, values) {
            Err(Refusal::MaskedBefore) => return Ok(None),
            masked => masked.map_err(|e| e.to_string())?,
        };
        self.keep(&state)?;
        let Masked { ring, numbers, sites, sites_min } = masked;
        let (sites, sites_min) = (sites as u32, sites_min as u32);
        Ok(Some(PackedNumbers { bits: ring.bits(), bytes: pack_numbers(&numbers, ring.bits()), sites, sites_min }))
    }
}
