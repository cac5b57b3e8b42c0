use super::*;
use crate::audit::Actor;
use crate::store::{Acknowledged, DamagedPart, Revoked, StoreError, Unmerged};

on_both_databases! {
    async fn an_update_is_kept_byte_for_byte(bench) {
        let site = bench.site().await;
        let mut update = new_update(site, 1, 1);
        update.body = (0..3_000_000_u32).flat_map(|i| (i.wrapping_mul(2_654_435_761)).to_le_bytes()).collect();
        update.update.digest = Digest::of(&update.body);
        let revision = bench.revision().await;
        assert!(matches!(bench.store.insert_update(revision, &update).await.unwrap(), Acknowledged::Stored(_)));
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
        assert_eq!(bench.store.insert_update(old, &late).await.unwrap(), Acknowledged::Overtaken);
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
                if store.insert_update(revision, &update).await.unwrap() != Acknowledged::Overtaken {
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

    async fn of_a_site_that_was_revoked_meanwhile_it_is_refused(bench) {
        let update = new_update(bench.site().await, 1, 1);
        bench.store.revoke_site(update.update.site, Unmerged::Keep, Actor::Operator, NOW).await.unwrap().unwrap();
        let revision = bench.revision().await;
        assert_eq!(bench.store.insert_update(revision, &update).await.unwrap(), Acknowledged::SiteRevoked);
        assert_eq!(bench.store.update(&test(), update.id).await.unwrap(), None);
        assert_eq!(bench.revision().await, revision);
    }

    /// Revoking and storing at once: after the revocation nothing of the site is stored any more.
    async fn nothing_is_stored_after_a_revocation(bench) {
        let second = bench.second().await;
        for number in 0..10 {
            let update = new_update(bench.site().await, 1, number);
            let revision = bench.revision().await;
            let (stored, revoked) = tokio::join!(
                bench.store.insert_update(revision, &update),
                second.revoke_site(update.update.site, Unmerged::Discard, Actor::Operator, NOW),
            );
            let discarded = revoked.unwrap().unwrap().discarded.len();
            match stored.unwrap() {
                Acknowledged::Stored(_) => assert_eq!(discarded, 1, "it was stored first"),
                Acknowledged::SiteRevoked => assert_eq!(discarded, 0),
                Acknowledged::Overtaken => unreachable!("nothing else changes the federation"),
            }
            assert_eq!(bench.store.update(&test(), update.id).await.unwrap(), None);
        }
    }

    async fn what_a_revoked_site_has_sent_can_be_discarded_later(bench) {
        let (one, two) = (bench.send(1, 1).await, bench.send(1, 2).await);
        let site = one.update.site;
        let revoke = async |updates| bench.store.revoke_site(site, updates, Actor::Operator, NOW).await.unwrap();
        assert_eq!(revoke(Unmerged::Keep).await, Some(Revoked { federation: test(), discarded: vec![] }));
        assert_eq!(bench.store.federation(&test()).await.unwrap().received.len(), 2);
        let before = bench.revision().await;
        assert_eq!(revoke(Unmerged::Discard).await, Some(Revoked { federation: test(), discarded: vec![one.id] }));
        assert_eq!(bench.store.federation(&test()).await.unwrap().received, [(two.id, two.update.site)].into());
        assert!(bench.revision().await > before, "servers must notice");
        assert_eq!(revoke(Unmerged::Discard).await, None);
        let kinds: Vec<_> = bench.store.audit_rows(0, 100).await.unwrap().into_iter().map(|row| row.kind).collect();
        assert_eq!(kinds.iter().filter(|kind| *kind == "site-revoked").count(), 1);
        assert_eq!(kinds.iter().filter(|kind| *kind == "updates-discarded").count(), 1);
        assert!(bench.store.verify_audit(None).await.unwrap().is_ok());
    }

    async fn a_damaged_one_is_found_and_set_aside_and_can_be_sent_again(bench) {
        bench.store.set_round(&test(), bench.revision().await, &open_round(1), None, NOW).await.unwrap().unwrap();
        let (one, two) = (bench.send(1, 1).await, bench.send(1, 2).await);
        bench.rot("UPDATE updates SET body = $1 WHERE id = $2", one.id.to_string()).await;
        let Err(StoreError::DamagedRow(row)) = bench.store.update_body(&test(), one.id).await else {
            panic!("it is damaged");
        };
        assert_eq!(row.part, DamagedPart::update(one.id));
        assert_eq!(bench.store.find_damage().await.unwrap(), std::slice::from_ref(&row));
        let old = bench.revision().await;
        bench.store.set_update_aside(old, &row, NOW).await.unwrap().unwrap();
        assert_eq!(bench.store.set_update_aside(old, &row, NOW).await.unwrap(), None);
        let stored = bench.store.federation(&test()).await.unwrap();
        assert_eq!((stored.round.attempt, stored.round.deadline), (2, None));
        assert_eq!(stored.received, [(two.id, two.update.site)].into());
        assert_eq!(bench.store.damage().await.unwrap(), [row]);
        assert!(bench.store.find_damage().await.unwrap().is_empty());
        let again = bench.store.insert_update(stored.revision, &one).await.unwrap();
        assert!(matches!(again, Acknowledged::Stored(_)), "{again:?}");
        assert!(bench.store.update_body(&test(), one.id).await.unwrap() == one.body);
        let log = bench.store.audit_rows(0, 100).await.unwrap();
        assert!(log.iter().any(|row| row.kind == "row-damaged" && row.detail.contains(&one.id.to_string())));
    }

    async fn one_whose_id_is_damaged_is_set_aside_too(bench) {
        let (one, two) = (bench.send(1, 1).await, bench.send(1, 2).await);
        bench.rot("UPDATE updates SET id = 'not an id', body = $1 WHERE id = $2", one.id.to_string()).await;
        let stored = bench.store.federation_without_damage(&test(), NOW).await.unwrap();
        assert_eq!(stored.received, [(two.id, two.update.site)].into());
        assert!(stored.unreadable.is_empty());
        let damage = bench.store.damage().await.unwrap();
        assert_eq!(damage[0].part, DamagedPart::Update("not an id".to_owned()));
    }
}
