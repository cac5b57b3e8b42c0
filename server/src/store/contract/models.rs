use super::*;
use crate::optimiser::OptimiserState;
use crate::store::{Acknowledged, DamagedPart, NewVersion, StoreError, StoredModel};

fn new_version(version: u32, updates: &[&NewUpdate]) -> NewVersion {
    NewVersion {
        federation: test(),
        version,
        model: StoredModel::new(vec![version as u8; 1500]),
        updates: updates.iter().map(|update| update.id).collect(),
        optimiser: OptimiserState::Momentum { velocity: vec![f64::from(version), f64::MIN_POSITIVE, -0.0] },
        models_kept: 2,
        rounds_kept: 3,
        now: NOW,
    }
}

on_both_databases! {
    async fn a_merge_is_stored_whole(bench) {
        bench.store.set_round(&test(), bench.revision().await, &open_round(4), None, NOW).await.unwrap().unwrap();
        let (one, two) = (bench.send(1, 1).await, bench.send(1, 2).await);
        let new = new_version(1, &[&one, &two]);
        let revision = bench.store.insert_version(bench.revision().await, &new).await.unwrap().unwrap();
        let stored = bench.store.federation(&test()).await.unwrap();
        assert_eq!((stored.revision, stored.version, stored.received.len()), (revision, 1, 0));
        assert_eq!(stored.round, StoredRound { attempt: 1, deadline: None, present: [].into() });
        assert_eq!(bench.store.model(&test(), 1).await.unwrap(), Some(new.model.clone()));
        assert_eq!(stored.model, new.model.digest);
        assert_eq!(bench.store.updates_in(&test(), 1).await.unwrap(), Some(2));
        assert_eq!(bench.store.optimiser_state(&test()).await.unwrap().to_bytes(), new.optimiser.to_bytes());
        assert!(bench.store.update_body(&test(), one.id).await.is_err(), "its tensors are gone");
        assert_eq!(bench.store.update(&test(), one.id).await.unwrap(), Some(one.update), "what it was is known");
    }

    async fn old_models_and_updates_are_pruned_and_the_audit_log_is_not(bench) {
        let mut sent = Vec::new();
        for version in 1..=5_u32 {
            let one = bench.send(version, version as u8).await;
            bench.store.insert_version(bench.revision().await, &new_version(version, &[&one])).await.unwrap().unwrap();
            sent.push(one);
        }
        for (version, one) in (1..).zip(&sent) {
            assert_eq!(bench.store.model(&test(), version).await.unwrap().is_some(), version > 3, "model {version}");
            assert_eq!(bench.store.update(&test(), one.id).await.unwrap().is_some(), version > 2, "update {version}");
        }
        let log = bench.store.audit_rows(0, 100).await.unwrap();
        let merged: Vec<_> = log.iter().filter(|row| row.kind == "round-merged").collect();
        assert_eq!(merged.len(), 5);
        for (row, one) in merged.iter().zip(&sent) {
            assert!(row.detail.contains(&one.id.to_string()), "{}", row.detail);
        }
    }

    async fn on_an_older_state_nothing_of_it_is(bench) {
        let old = bench.revision().await;
        let one = bench.send(1, 1).await;
        let before = bench.store.federation(&test()).await.unwrap();
        assert_eq!(bench.store.insert_version(old, &new_version(1, &[&one])).await.unwrap(), None);
        assert_eq!(bench.store.federation(&test()).await.unwrap(), before);
        assert_eq!(bench.store.model(&test(), 1).await.unwrap(), None);
        assert!(bench.store.update_body(&test(), one.id).await.unwrap() == one.body);
    }

    async fn a_merge_and_an_acknowledgement_at_once_never_lose_the_update(bench) {
        let second = bench.second().await;
        for version in 1..=5_u32 {
            let one = bench.send(version, 2 * version as u8).await;
            let late = new_update(bench.site().await, version, 2 * version as u8 + 1);
            let (revision, new) = (bench.revision().await, new_version(version, &[&one]));
            let (merged, acknowledged) =
                tokio::join!(bench.store.insert_version(revision, &new), second.insert_update(revision, &late));
            let (merged, acknowledged) = (merged.unwrap().is_some(), acknowledged.unwrap() != Acknowledged::Overtaken);
            assert!(merged != acknowledged, "one of the two was first");
            let stored = bench.store.federation(&test()).await.unwrap();
            if acknowledged {
                assert_eq!((stored.version, stored.received.len()), (version - 1, 2));
                let new = new_version(version, &[&one, &late]);
                bench.store.insert_version(stored.revision, &new).await.unwrap().unwrap();
            } else {
                assert_eq!((stored.version, stored.received.len()), (version, 0));
                assert_eq!(bench.store.update(&test(), late.id).await.unwrap(), None);
            }
        }
    }

    async fn an_update_is_in_one_merge_only(bench) {
        let one = bench.send(1, 1).await;
        bench.store.insert_version(bench.revision().await, &new_version(1, &[&one])).await.unwrap().unwrap();
        let revision = bench.revision().await;
        assert!(bench.store.insert_version(revision, &new_version(2, &[&one])).await.is_err());
        assert_eq!(bench.revision().await, revision);
        assert_eq!(bench.store.model(&test(), 2).await.unwrap(), None);
    }

    async fn old_versions_go_and_the_newest_stay(bench) {
        for version in 1..=3 {
            bench.store.insert_version(bench.revision().await, &new_version(version, &[])).await.unwrap().unwrap();
        }
        for (version, kept) in [(0, false), (1, false), (2, true), (3, true), (4, false)] {
            assert_eq!(bench.store.model(&test(), version).await.unwrap().is_some(), kept, "version {version}");
        }
        assert_eq!(bench.store.updates_in(&test(), 1).await.unwrap(), None);
    }

    async fn a_damaged_model_is_taken_away_unless_it_is_the_newest(bench) {
        let one = bench.send(1, 1).await;
        bench.store.insert_version(bench.revision().await, &new_version(1, &[&one])).await.unwrap().unwrap();
        for version in [0, 1] {
            bench.rot("UPDATE models SET body = $1 WHERE CAST(version AS TEXT) = $2", version.to_string()).await;
            let Err(StoreError::DamagedRow(row)) = bench.store.model(&test(), version).await else {
                panic!("it is damaged");
            };
            for _ in 0..2 {
                let is_removed = bench.store.set_model_aside(&row, version, NOW).await.unwrap();
                assert!(!is_removed || version == 0, "{row}");
            }
        }
        assert_eq!(bench.store.model(&test(), 0).await.unwrap(), None);
        assert!(bench.store.model(&test(), 1).await.is_err());
        let parts: Vec<_> = bench.store.damage().await.unwrap().into_iter().map(|row| row.part).collect();
        assert_eq!(parts, [DamagedPart::Model(0), DamagedPart::Model(1)]);
        let log = bench.store.audit_rows(0, 100).await.unwrap();
        assert_eq!(log.iter().filter(|row| row.kind == "row-damaged").count(), 2, "each is reported once");
    }

    async fn a_damaged_optimiser_state_begins_anew(bench) {
        let one = bench.send(1, 1).await;
        bench.store.insert_version(bench.revision().await, &new_version(1, &[&one])).await.unwrap().unwrap();
        bench.rot("UPDATE optimiser_states SET state = $1 WHERE federation = $2", "test".to_owned()).await;
        let Err(StoreError::DamagedRow(row)) = bench.store.optimiser_state(&test()).await else {
            panic!("it is damaged");
        };
        bench.store.set_optimiser_state_aside(&row, NOW).await.unwrap();
        assert_eq!(bench.store.optimiser_state(&test()).await.unwrap().to_bytes(), OptimiserState::Empty.to_bytes());
        assert_eq!(bench.store.damage().await.unwrap(), [row]);
    }
}
