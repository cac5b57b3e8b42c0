//! What a site does in a round: adopts the global shared module, trains, sends its update.

use fedner_protocol::{
    Aggregation, Digest, FederationState, Problem, ProblemCode, UpdateHeader, Weighting, decode_model,
};

use super::{
    Base, Entropy, Masking, OutgoingUpdate, ParticipantError, Protection, RoundAttempt, Transport, TransportError,
    retry::RetryingTransport,
    secure,
    site::{Freshness, Site},
};
use crate::{
    leak::{SentUpdate, row_norms},
    observer::{Event, Observer, RoundPhase, When},
    training::{FederatedSchedule, TrainError},
};

/// Versions in a row that the server may no longer have when they are asked for.
const MISSING_VERSIONS_MAX: u32 = 3;

impl Site {
    /// Fetches a version of the global shared module and puts it into the model.
    pub async fn adopt_version<T: Transport, E: Entropy, M: Masking>(
        &mut self,
        base: Base,
        state: &FederationState,
        transport: &mut RetryingTransport<'_, T, E, M>,
        observer: &mut impl Observer,
    ) -> Result<Freshness, ParticipantError> {
        observer.event(self.progress(RoundPhase::Downloading, state));
        let version = base.version;
        let bytes = match transport.model(&self.info.id, &base, observer).await {
            Err(ParticipantError::Transport(TransportError::Refused(problem)))
                if problem.code == ProblemCode::NotFound && self.missing_versions < MISSING_VERSIONS_MAX =>
            {
                self.missing_versions += 1; // older than those the server keeps: there is a newer one
                return Ok(Freshness::Outdated);
            }
            result => result?,
        };
        self.missing_versions = 0;
        let wrong = |what: String| ParticipantError::Server(format!("version {version} of the shared module: {what}"));
        if Digest::of(&bytes) != base.digest {
            return Err(wrong("its bytes are not those that were announced".to_owned()));
        }
        let (found, shared) = decode_model(&self.info.manifest, &bytes).map_err(|e| wrong(e.to_string()))?;
        if found != version {
            return Err(wrong(format!("it says it is version {found}")));
        }
        self.session.model.set_shared(shared).map_err(|e| wrong(e.to_string()))?;
        let merged = self.stage.base.as_ref().is_some_and(|old| version > old.version);
        if self.stage.base.is_some() && !merged {
            // The server was restored from a backup: what was sent since was for another round of the same number.
            (self.stage.sent, self.update) = (None, None);
        }
        self.stage.base = Some(base);
        self.session.state.version = version;
        self.session.state.finish_passes = 0;
        if merged {
            observer.event(self.progress(RoundPhase::Merged, state));
        }
        let when = if self.rounds == 0 { When::Start } else { When::Round };
        self.scores = self.session.report_scores(&self.held_out, when, 0, observer).await?.or(self.scores.take());
        self.session.report_checkpoint(observer).await?;
        Ok(Freshness::Current)
    }

    /// Trains for one round and posts the shared module's update.
    pub async fn train_and_send<T: Transport, E: Entropy, M: Masking>(
        &mut self,
        attempt: RoundAttempt,
        state: &FederationState,
        transport: &mut RetryingTransport<'_, T, E, M>,
        observer: &mut impl Observer,
    ) -> Result<Freshness, ParticipantError> {
        observer.event(self.progress(RoundPhase::Training, state));
        let round = attempt.round;
        let before = self.session.model.read_shared().await?;
        self.row_norms = row_norms(&self.info.model, &before);
        let schedule = FederatedSchedule::new(&self.info.rounds, &self.info.training, &self.examples);
        let is_masked = self.is_masked::<M>();
        let trains = self.session.train_round(&schedule, round, observer);
        // Keys and shares travel meanwhile, so that masks cost no wait.
        let trained = if is_masked {
            secure::beside(trains, secure::exchange(transport, &self.info.id, attempt)).await?
        } else {
            trains.await?
        };
        if !trained {
            // Cancelled: back to the start of the round, so that its whole update can be computed later.
            self.session.model.set_shared(before).map_err(TrainError::from)?;
            self.session.report_checkpoint(observer).await?;
            return Err(TransportError::Cancelled.into());
        }
        let after = self.session.model.read_shared().await?;
        let update: Vec<f32> = before.iter().zip(&after).map(|(b, a)| b - a).collect();
        if is_masked {
            self.keep_whole(round, update)?;
            self.session.report_checkpoint(observer).await?;
            let freshness = self.send_masked(attempt, state, transport, observer).await?;
            self.session.report_scores(&self.held_out, When::Trained, 0, observer).await?;
            return Ok(freshness);
        }
        let header = self.header(round);
        let (codec, seed) = (self.info.training.update_codec, self.session.state.seed);
        let bytes = self.update_writer.write(codec, &self.info.manifest, &header, update, seed);
        self.update = Some(transport.update(&header, bytes?, Protection::None));
        self.session.report_checkpoint(observer).await?;
        observer.event(self.progress(RoundPhase::Uploading, state));
        let freshness = self.send(attempt, transport, observer).await?;
        // Only now, so that the others need not wait for it.
        self.session.report_scores(&self.held_out, When::Trained, 0, observer).await?;
        Ok(freshness)
    }

    /// What an update of a round says of itself.
    pub fn header(&self, round: u32) -> UpdateHeader {
        UpdateHeader {
            federation: self.info.id.clone(),
            round,
            base_version: round - 1,
            base_model: self.stage.base.as_ref().map(|base| base.digest.clone()),
            samples: self.weight(),
            manifest: self.info.manifest.digest.clone(),
        }
    }

    /// The number of training sentences where the policy weights by it; else it is nobody's business.
    fn weight(&self) -> u32 {
        match self.info.aggregation {
            Aggregation::Mean { weighting: Weighting::Samples } => {
                u32::try_from(self.examples.len()).unwrap_or(u32::MAX)
            }
            Aggregation::Mean { weighting: Weighting::Uniform }
            | Aggregation::TrimmedMean { .. }
            | Aggregation::Median {} => 1,
        }
    }

    /// Posts the update of a round: the same one, with the same id, however often it is asked for.
    pub async fn send<T: Transport, E: Entropy, M: Masking>(
        &mut self,
        attempt: RoundAttempt,
        transport: &mut RetryingTransport<'_, T, E, M>,
        observer: &mut impl Observer,
    ) -> Result<Freshness, ParticipantError> {
        let Some(update) = self.update.as_ref().filter(|update| update.round == attempt.round) else {
            self.stage.sent = Some(attempt); // the server had it from an earlier run of this site
            return Ok(Freshness::Current);
        };
        match transport.send(update, observer).await {
            Ok(()) => {
                self.report_sent(update, observer);
                self.acknowledged(attempt);
                Ok(Freshness::Current)
            }
            Err(ParticipantError::Transport(TransportError::Refused(problem))) => {
                self.refused(attempt, problem, observer)
            }
            Err(error) => Err(error),
        }
    }

    /// Hands the host what the server has now, for the leak test.
    pub fn report_sent(&self, update: &OutgoingUpdate, observer: &mut impl Observer) {
        observer.sent(SentUpdate {
            federation: update.federation.clone(),
            round: update.round,
            protection: update.protection,
            bytes: update.bytes.clone(),
            model: self.info.model.clone(),
            row_norms: self.row_norms.clone(),
        });
    }

    /// Notes that the server has this site's update of a round. One that is sent again for another attempt counts once.
    pub fn acknowledged(&mut self, attempt: RoundAttempt) {
        if self.stage.sent.is_none_or(|earlier| earlier.round != attempt.round) {
            self.rounds += 1;
            self.session.state.rounds += 1;
        }
        self.stage.sent = Some(attempt);
    }

    /// Handles an update that the server refused. Where the federation has only moved on, the site follows.
    pub fn refused(
        &mut self,
        attempt: RoundAttempt,
        problem: Problem,
        observer: &mut impl Observer,
    ) -> Result<Freshness, ParticipantError> {
        let round = attempt.round;
        let (message, freshness) = match problem.code {
            ProblemCode::UpdateConflict => {
                self.update = None;
                (format!("an earlier update of this site already counts in round {round}"), Freshness::Current)
            }
            ProblemCode::RoundOver => {
                let message = format!("round {round} was closed before this site's update arrived; going on");
                (message, Freshness::Outdated)
            }
            ProblemCode::TooEarly => {
                // It will be open again; then training starts once more from the global shared module.
                self.stage.base = None;
                let message = format!("round {round} was interrupted; waiting until it is open again");
                observer.event(Event::Notice { message });
                return Ok(Freshness::Outdated);
            }
            ProblemCode::BaseChanged => {
                (self.stage.base, self.update) = (None, None);
                let message = format!("the server was restored from a backup; training for round {round} starts again");
                observer.event(Event::Notice { message });
                return Ok(Freshness::Outdated);
            }
            _ => return Err(TransportError::Refused(problem).into()),
        };
        observer.event(Event::Notice { message });
        self.stage.sent = Some(attempt);
        Ok(freshness)
    }
}
