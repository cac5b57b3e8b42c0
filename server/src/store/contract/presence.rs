use std::collections::BTreeSet;

use super::*;
use crate::store::{ReplicaId, SeenSite, StoredPresence};

async fn replica(bench: &Bench) -> ReplicaId {
    let replica = ReplicaId::generate().unwrap();
    bench.store.replica_alive(&replica, NOW, Timestamp::default()..NOW).await.unwrap();
    replica
}

fn seen(site: SiteId, streaming: bool) -> SeenSite {
    SeenSite { site, streaming, at: NOW.plus_ms(5) }
}

fn stored(seen: SeenSite, replica: &ReplicaId) -> StoredPresence {
    StoredPresence { seen, replica: replica.clone(), replica_alive: NOW }
}

on_both_databases! {
    async fn what_one_server_sees_all_can_read(bench) {
        let mut bench = bench;
        let (a, b) = (bench.site().await, bench.site().await);
        let (one, two) = (replica(&bench).await, replica(&bench).await);
        let nobody = BTreeSet::new();
        bench.store.share_presence(&test(), &one, &nobody, &[seen(a, true), seen(b, false)]).await.unwrap();
        bench.store.share_presence(&test(), &two, &nobody, &[seen(a, true)]).await.unwrap();
        bench.store.share_presence(&test(), &one, &nobody, &[seen(a, false)]).await.unwrap();
        let mut found = bench.reopened().await.presence(&test()).await.unwrap();
        let mut expected = [stored(seen(a, false), &one), stored(seen(b, false), &one), stored(seen(a, true), &two)];
        found.sort_by_key(|p| (p.seen.site, p.replica.to_string()));
        expected.sort_by_key(|p| (p.seen.site, p.replica.to_string()));
        assert_eq!(found, expected);
    }

    async fn a_site_that_leaves_one_server_leaves_all(bench) {
        let (a, b) = (bench.site().await, bench.site().await);
        let (one, two) = (replica(&bench).await, replica(&bench).await);
        let nobody = BTreeSet::new();
        bench.store.share_presence(&test(), &one, &nobody, &[seen(a, true), seen(b, true)]).await.unwrap();
        bench.store.share_presence(&test(), &two, &[a].into(), &[]).await.unwrap();
        assert_eq!(bench.store.presence(&test()).await.unwrap(), [stored(seen(b, true), &one)]);
    }

    async fn a_server_that_is_long_gone_is_forgotten_with_what_it_saw(bench) {
        let site = bench.site().await;
        let (one, two) = (replica(&bench).await, replica(&bench).await);
        bench.store.share_presence(&test(), &one, &BTreeSet::new(), &[seen(site, true)]).await.unwrap();
        bench.store.replica_alive(&two, NOW.plus_ms(10), NOW..NOW.plus_ms(10)).await.unwrap();
        assert_eq!(bench.store.presence(&test()).await.unwrap().len(), 1);
        bench.store.replica_alive(&two, NOW.plus_ms(10), NOW.plus_ms(1)..NOW.plus_ms(10)).await.unwrap();
        assert_eq!(bench.store.presence(&test()).await.unwrap(), []);
    }
}
