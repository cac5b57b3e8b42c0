//! The cryptography of secure aggregation for native sites, with the state that a browser would keep in its database.

use std::sync::{Arc, Mutex};

use fedner_core::participant::{Entropy, Masking, PackedNumbers, RoundAttempt, SecureAction};
use fedner_protocol::FederationId;
use fedner_secure_aggregation::{Action, Attempt, SiteState, View, pack};
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

    fn state(&self) -> SiteState {
        let record = self.record.lock().expect(NOT_POISONED);
        record.secure_state.as_ref().map(|bytes| read(bytes).expect("it was written here")).unwrap_or_default()
    }

    fn keep(&self, state: &SiteState) {
        let bytes = serde_json::to_vec(state).expect("the state can be written");
        self.record.lock().expect(NOT_POISONED).secure_state = Some(bytes);
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
        let mut state = self.state();
        let action = state.next(&attempt, &view, entropy).map_err(|e| e.to_string())?;
        self.keep(&state);
        let message = match action {
            Action::Wait => return Ok(SecureAction::Wait),
            Action::Mask => return Ok(SecureAction::Mask),
            Action::Out => return Ok(SecureAction::Out),
            Action::Send(message) => message,
            Action::Sign(statement) => state.keys(signature(self.number, &statement)).map_err(|e| e.to_string())?,
        };
        serde_json::to_vec(&message).map(SecureAction::Send).map_err(|e| e.to_string())
    }

    async fn mask(&mut self, view: &[u8], levels: u32, values: &[i32]) -> Result<PackedNumbers, String> {
        let mut state = self.state();
        let (ring, numbers) = state.mask(&read(view)?, levels, values).map_err(|e| e.to_string())?;
        self.keep(&state);
        Ok(PackedNumbers { bits: ring.bits(), bytes: pack(&numbers, ring.bits()) })
    }
}
