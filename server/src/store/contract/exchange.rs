//! Secure aggregation's messages: kept while their attempt lasts, and no longer.

use fedner_secure_aggregation::Step;

use super::*;
use crate::rounds::Exchange;

on_both_databases! {
    async fn an_exchange_is_as_it_was_left_and_the_next_attempt_begins_anew(bench) {
        let mut bench = bench;
        let first = Exchange::new(NOW, 1000);
        let site = bench.site().await;
        let revision = bench.revision().await;
        let opened = bench.store.set_round(&test(), revision, &open_round(1), Some(&first), NOW).await.unwrap().unwrap();
        let message = (Step::Keys, site);
        let sent = bench.store.insert_message(&test(), opened, message, &"keys").await.unwrap().unwrap();
        assert_eq!(bench.store.insert_message(&test(), opened, message, &"late").await.unwrap(), None);
        let store = bench.reopened().await;
        let stored = store.federation(&test()).await.unwrap().exchange.unwrap();
        assert_eq!((stored.attempt, &stored.exchange.sent), (1, &[site].into()));
        let next = Exchange { step: Step::Shares, roster: [site].into(), ..first.clone() };
        let moved = store.set_exchange(&test(), sent, &next).await.unwrap().unwrap();
        assert_eq!(store.federation(&test()).await.unwrap().exchange.unwrap().exchange, next);
        let keys: Vec<(_, String)> = store.messages(&test(), Step::Keys).await.unwrap();
        assert_eq!(keys, [(site, "keys".to_owned())]);

        bench.send(1, 5).await;
        let revision = bench.revision().await;
        assert!(revision > moved);
        let again = StoredRound { attempt: 2, ..open_round(1) };
        bench.store.set_round(&test(), revision, &again, Some(&first), NOW).await.unwrap().unwrap();
        let stored = bench.store.federation(&test()).await.unwrap();
        assert!(stored.received.is_empty(), "what was masked for the first attempt is gone");
        assert_eq!(stored.exchange.unwrap().exchange, first);
        let keys: Vec<(SiteId, String)> = bench.store.messages(&test(), Step::Keys).await.unwrap();
        assert!(keys.is_empty());
    }
}
