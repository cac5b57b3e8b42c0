use super::*;
use crate::store::Notice;

on_both_databases! {
    async fn it_is_as_it_was_left(bench) {
        let mut bench = bench;
        let first = bench.store.federation(&test()).await.unwrap();
        assert_eq!((first.version, first.seed, first.received.len()), (0, u64::MAX, 0));
        assert_eq!(first.round, StoredRound { attempt: 1, deadline: None, present: [].into() });
        bench.store.set_round(&test(), first.revision, &open_round(3), None, NOW).await.unwrap().unwrap();
        let update = bench.send(1, 5).await;
        let before = bench.store.federation(&test()).await.unwrap();
        let other = NewFederation { model: vec![1], seed: 1, ..new_federation("test") };
        let after = bench.reopened().await.open_federation(&other).await.unwrap();
        assert_eq!(after, before);
        assert_eq!((after.round, after.received), (open_round(3), [(update.id, update.update.site)].into()));
        assert_eq!(bench.store.model(&test(), 0).await.unwrap().unwrap().body, vec![7; 1000]);
    }

    async fn opened_by_several_at_once_it_is_made_once(bench) {
        let second = bench.second().await;
        let new = new_federation("other");
        let (one, two) = tokio::join!(bench.store.open_federation(&new), second.open_federation(&new));
        assert_eq!(one.unwrap(), two.unwrap());
    }

    async fn a_decision_on_an_older_state_is_refused(bench) {
        let old = bench.revision().await;
        let next = bench.store.set_round(&test(), old, &open_round(1), None, NOW).await.unwrap().unwrap();
        assert!(next > old);
        assert_eq!(bench.store.revision(&test()).await.unwrap(), next);
        assert_eq!(bench.store.set_round(&test(), old, &open_round(2), None, NOW).await.unwrap(), None);
        let stored = bench.store.federation(&test()).await.unwrap();
        assert_eq!((stored.revision, stored.round), (next, open_round(1)));
    }

    async fn of_decisions_on_the_same_state_one_counts(bench) {
        let (revision, second) = (bench.revision().await, bench.second().await);
        let (id, one, two) = (test(), open_round(2), open_round(3));
        let (a, b) = tokio::join!(
            bench.store.set_round(&id, revision, &one, None, NOW),
            second.set_round(&id, revision, &two, None, NOW)
        );
        let (a, b) = (a.unwrap(), b.unwrap());
        assert!(a.is_some() != b.is_some(), "{a:?} {b:?}");
        let stored = bench.store.federation(&test()).await.unwrap();
        assert_eq!(stored.round, if a.is_some() { one } else { two });
    }

    async fn the_database_is_healthy_and_stays_so_after_a_refused_change(bench) {
        bench.store.check().await.unwrap();
        let revision = bench.revision().await;
        // A site that is not there: the foreign key refuses it.
        let stranger = new_update(SiteId::from_random([9; 16]), 1, 9);
        assert!(bench.store.insert_update(revision, &stranger).await.is_err());
        assert_eq!(bench.revision().await, revision);
        bench.store.check().await.unwrap();
        bench.store.set_round(&test(), revision, &open_round(1), None, NOW).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_change_is_told_to_the_other_servers() {
    let Some(bench) = Bench::postgres().await else { return };
    let second = bench.second().await;
    let mut notices = second.notices().subscribe();
    let revision = bench.revision().await;
    bench.store.set_round(&test(), revision, &open_round(1), None, NOW).await.unwrap().unwrap();
    let notice = tokio::time::timeout(std::time::Duration::from_secs(30), notices.recv()).await;
    assert_eq!(notice.unwrap().unwrap(), Notice::Federation(test()));
}

#[tokio::test]
async fn lost_connections_are_made_anew() {
    let Some(bench) = Bench::postgres().await else { return };
    bench.database.as_ref().unwrap().disconnect_all().await;
    let revision = bench.revision().await;
    bench.store.set_round(&test(), revision, &open_round(1), None, NOW).await.unwrap().unwrap();
}
