//! What this site asks of a federation's policy, whatever the server says: an update of few sentences tells their words.

use fedner_protocol::{FederationInfo, LocalSteps};

use super::ParticipantError;

/// Fewest sentences of a step.
const BATCH_SENTENCES_MIN: u32 = 8;
/// Fewest sentences behind an update, unless a site has fewer: then all of them.
const UPDATE_SENTENCES_MIN: u64 = 64;

/// Checks that updates under this policy come from enough sentences, at a site with so many to train on.
///
/// # Errors
/// When they don't, with the reason.
pub(super) fn check_floors(info: &FederationInfo, sentences: usize) -> Result<(), ParticipantError> {
    let batch = info.training.batch_size;
    if batch < BATCH_SENTENCES_MIN {
        let reason = format!("a step is to take {batch} sentences, at least {BATCH_SENTENCES_MIN} are needed");
        return Err(ParticipantError::Policy(reason));
    }
    let (behind, at_most) = match info.rounds.local_steps {
        LocalSteps::Fixed(steps) => (u64::from(steps) * u64::from(batch), UPDATE_SENTENCES_MIN),
        LocalSteps::Pass { rounds_per_pass, steps_min, steps_max } => {
            let own = sentences as u64;
            let of_steps = |steps: u32| u64::from(steps) * u64::from(batch);
            let part = own / u64::from(rounds_per_pass.max(1));
            let behind = part.max(of_steps(steps_min.unwrap_or(0)).min(own)).min(steps_max.map_or(u64::MAX, of_steps));
            (behind, UPDATE_SENTENCES_MIN.min(own))
        }
    };
    if behind < at_most {
        let reason = format!(
            "an update would come from {behind} sentences, at least {at_most} are needed, or it tells their words; the \
             operator can raise local_steps"
        );
        return Err(ParticipantError::Policy(reason));
    }
    Ok(())
}

/// Checks that updates are masked, for a site whose people have agreed to nothing else.
///
/// # Errors
/// When they are not.
pub(super) fn check_masked(info: &FederationInfo) -> Result<(), ParticipantError> {
    if info.secure_aggregation.is_some() {
        return Ok(());
    }
    let reason =
        "updates were masked when this workspace agreed to take part, and they are not any more, so the server \
                  would see each by itself; to take part all the same, join from another workspace"
            .to_owned();
    Err(ParticipantError::Policy(reason))
}

#[cfg(test)]
mod tests {
    use fedner_protocol::{
        Aggregation, Digest, FederationState, Manifest, ModelSpec, Phase, RoundPolicy, SecureAggregation,
        ServerOptimiser, TrainingPolicy, UpdateBounds,
    };

    use super::*;

    fn checked(batch_size: u32, local_steps: LocalSteps, sentences: usize) -> Result<(), String> {
        check_floors(&info(batch_size, local_steps), sentences).map_err(|e| e.to_string())
    }

    fn info(batch_size: u32, local_steps: LocalSteps) -> FederationInfo {
        let model = ModelSpec::small();
        FederationInfo {
            id: "f".parse().unwrap(),
            name: "F".to_owned(),
            manifest: Manifest::of(&model),
            model,
            rounds: RoundPolicy { local_steps, ..RoundPolicy::default() },
            training: TrainingPolicy { batch_size, ..TrainingPolicy::default() },
            aggregation: Aggregation::default(),
            secure_aggregation: None,
            bounds: UpdateBounds::default(),
            optimiser: ServerOptimiser::default(),
            state: FederationState {
                version: 0,
                model: Digest::of(b""),
                present: 0,
                phase: Phase::Waiting { min_sites: 3 },
            },
        }
    }

    #[test]
    fn who_agreed_to_masked_updates_sends_no_others() {
        let plain = info(16, LocalSteps::Fixed(4));
        assert!(check_masked(&plain).unwrap_err().to_string().contains("are not any more"));
        let masked = FederationInfo { secure_aggregation: Some(SecureAggregation::default()), ..plain };
        check_masked(&masked).unwrap();
    }

    #[test]
    fn updates_of_few_sentences_are_not_made() {
        let pass = LocalSteps::part_of_pass;
        let bounded = |steps_min, steps_max| LocalSteps::Pass { rounds_per_pass: 4, steps_min, steps_max };
        checked(16, bounded(Some(4), None), 100).unwrap();
        assert!(checked(16, bounded(None, Some(3)), 1000).unwrap_err().contains("48 sentences"));
        for (batch, steps, sentences) in [(16, LocalSteps::Fixed(4), 10), (16, pass(1), 10), (8, pass(4), 256)] {
            checked(batch, steps, sentences).unwrap();
        }
        assert!(checked(7, pass(1), 1000).unwrap_err().contains("7 sentences, at least 8"));
        assert!(checked(16, LocalSteps::Fixed(3), 1000).unwrap_err().contains("48 sentences, at least 64"));
        assert!(checked(16, pass(4), 100).unwrap_err().contains("25 sentences, at least 64"));
        assert!(checked(16, pass(2), 30).unwrap_err().contains("15 sentences, at least 30"));
    }
}
