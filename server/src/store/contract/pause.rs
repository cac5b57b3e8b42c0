use super::*;
use crate::audit::Actor;
use crate::store::PauseOutcome;

on_both_databases! {
    async fn it_stays_paused_until_it_is_resumed_and_keeps_what_it_has(bench) {
        let mut bench = bench;
        let revision = bench.revision().await;
        bench.store.set_round(&test(), revision, &open_round(1), None, NOW).await.unwrap().unwrap();
        let update = bench.send(1, 5).await;
        let decided_on = bench.revision().await;
        let pause = async |store: &Store, paused| store.set_paused(&test(), paused, Actor::Operator, NOW).await.unwrap();
        assert_eq!(pause(&bench.store, false).await, PauseOutcome::AlreadySo);
        assert_eq!(bench.revision().await, decided_on);
        assert_eq!(pause(&bench.store, true).await, PauseOutcome::Done);
        assert_eq!(pause(&bench.store, true).await, PauseOutcome::AlreadySo);
        // A server that has not noticed can't open or close a round any more.
        assert_eq!(bench.store.set_round(&test(), decided_on, &open_round(2), None, NOW).await.unwrap(), None);
        let stored = bench.reopened().await.federation(&test()).await.unwrap();
        assert!(stored.paused);
        assert_eq!(stored.round, StoredRound { attempt: 1, deadline: None, present: [].into() });
        assert_eq!(stored.received.keys().collect::<Vec<_>>(), [&update.id]);
        assert_eq!(pause(&bench.store, false).await, PauseOutcome::Done);
        assert!(!bench.store.federation(&test()).await.unwrap().paused);
        let kinds: Vec<_> = bench.store.audit_rows(0, 100).await.unwrap().into_iter().map(|row| row.kind).collect();
        assert_eq!(kinds[kinds.len() - 2..], ["federation-paused", "federation-resumed"]);
    }

    async fn a_federation_that_is_not_there_is_told(bench) {
        let stranger = "stranger".parse().unwrap();
        let outcome = bench.store.set_paused(&stranger, true, Actor::CommandLine, NOW).await.unwrap();
        assert_eq!(outcome, PauseOutcome::NoFederation);
    }
}
