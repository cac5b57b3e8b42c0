//! The cryptography of secure aggregation, with its state in the state folder.

use std::cell::RefCell;

use fedner_core::participant::{Entropy, Masking, PackedNumbers, RoundAttempt, SecureAction};
use fedner_protocol::{FederationId, pack_numbers};
use fedner_secure_aggregation::{Action, Attempt, Masked, Refusal, SiteState, View};
use serde::de::DeserializeOwned;

use crate::host::SystemEntropy;
use crate::membership::Membership;
use crate::state_folder::StateFolder;

/// Holds secrets of the round under way.
const FILE: &str = "secure-aggregation.json";

/// One site's.
pub struct StoredMasking<'a> {
    /// Where its state is.
    pub folder: &'a StateFolder,
    /// Signs.
    pub membership: &'a RefCell<Membership>,
}

impl StoredMasking<'_> {
    fn state(&self) -> Result<SiteState, String> {
        let bytes = self.folder.read(FILE).map_err(|e| e.to_string())?;
        SiteState::read(bytes.as_deref()).map_err(|e| e.to_string())
    }

    fn keep(&self, state: &SiteState) -> Result<(), String> {
        let bytes = state.stored().map_err(|e| e.to_string())?;
        self.folder.write(FILE, &bytes).map_err(|e| e.to_string())
    }
}

impl Masking for StoredMasking<'_> {
    const SUPPORTED: bool = true;

    async fn next(&mut self, id: &FederationId, of: RoundAttempt, view: &[u8]) -> Result<SecureAction, String> {
        let view: View = parsed(view)?;
        let attempt = Attempt { federation: id.clone(), round: of.round, attempt: of.attempt };
        let mut entropy = [0; 32];
        entropy[..16].copy_from_slice(&SystemEntropy.bytes());
        entropy[16..].copy_from_slice(&SystemEntropy.bytes());
        let mut state = self.state()?;
        let action = state.next(&attempt, &view, entropy).map_err(|e| e.to_string())?;
        self.keep(&state)?;
        let message = match action {
            Action::Wait => return Ok(SecureAction::Wait),
            Action::Mask => return Ok(SecureAction::Mask),
            Action::Out => return Ok(SecureAction::Out),
            Action::Refuse(refusal) => return Ok(SecureAction::Refuse(refusal.to_string())),
            Action::Send(message) => message,
            Action::Sign(statement) => {
                let signature = self.membership.borrow().sign(&statement)?;
                state.keys(signature).map_err(|e| e.to_string())?
            }
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
        let masked = match state.mask(&parsed(view)?, levels, values) {
            Err(Refusal::MaskedBefore) => return Ok(None),
            masked => masked.map_err(|e| e.to_string())?,
        };
        self.keep(&state)?;
        let Masked { ring, numbers, sites, sites_min } = masked;
        let (sites, sites_min) = (sites as u32, sites_min as u32);
        Ok(Some(PackedNumbers { bits: ring.bits(), bytes: pack_numbers(&numbers, ring.bits()), sites, sites_min }))
    }
}

fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|e| format!("the server's answer can't be understood: {e}"))
}
