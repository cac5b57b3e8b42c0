use super::*;

on_both_databases! {
    async fn an_update_is_kept_byte_for_byte(bench) {
        let site = bench.site().await;
        let mut update = new_update(site, 1, 1);
        update.body = (0..3_000_000_u32).flat_map(|i| (i.wrapping_mul(2_654_435_761)).to_le_bytes()).collect();
        update.update.digest = Digest::of(&update.body);
        let revision = bench.revision().await;
        bench.store.insert_update(revision, &update).await.unwrap().unwrap();
        assert_eq!(bench.store.update(&test(), update.id).await.unwrap(), Some(update.update.clone()));
        assert!(bench.store.update_body(&test(), update.id).await.unwrap() == update.body);
        let other: FederationId = "other".parse().unwrap();
        assert_eq!(bench.store.update(&other, update.id).await.unwrap(), None);
    }

    async fn it_belongs_to_its_round(bench) {
        let one = bench.send(1, 1).await;
        let _two = bench.send(2, 2).await;
        let stored = bench.store.federation(&test()).await.unwrap();
        assert_eq!(stored.received, [(one.id, one.update.site)].into());
    }

    async fn on_an_older_state_it_is_not_acknowledged(bench) {
        let old = bench.revision().await;
        bench.send(1, 1).await;
        let late = new_update(bench.site().await, 1, 2);
        assert_eq!(bench.store.insert_update(old, &late).await.unwrap(), None);
        assert_eq!(bench.store.update(&test(), late.id).await.unwrap(), None);
    }

    async fn neither_the_id_nor_the_site_counts_twice(bench) {
        let first = bench.send(1, 1).await;
        let revision = bench.revision().await;
        let same_id = new_update(bench.site().await, 1, 1);
        assert!(bench.store.insert_update(revision, &same_id).await.is_err());
        let same_site = new_update(first.update.site, 1, 2);
        assert!(bench.store.insert_update(revision, &same_site).await.is_err());
        assert_eq!(bench.store.federation(&test()).await.unwrap().received.len(), 1);
        assert_eq!(bench.revision().await, revision);
    }

    /// As many servers as there are updates, each trying until it is through.
    async fn of_many_at_once_each_is_stored_once(bench) {
        let mut stores = Vec::new();
        let mut updates = Vec::new();
        for number in 0..6 {
            stores.push(bench.second().await);
            updates.push(new_update(bench.site().await, 1, number));
        }
        let tasks = stores.into_iter().zip(updates).map(|(store, update)| tokio::spawn(async move {
            loop {
                let revision = store.revision(&test()).await.unwrap();
                if store.insert_update(revision, &update).await.unwrap().is_some() {
                    return;
                }
            }
        }));
        let before = bench.revision().await;
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        let stored = bench.store.federation(&test()).await.unwrap();
        assert_eq!(stored.received.len(), 6);
        assert_eq!((0..6).fold(before, |revision, _| revision.next()), stored.revision);
    }
}
