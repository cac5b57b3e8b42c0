use super::*;
use crate::audit::Actor;
use crate::store::{DamagedPart, Unmerged};

on_both_databases! {
    async fn a_site_is_known_by_its_id(bench) {
        let mut bench = bench;
        let site = new_site();
        assert_eq!(bench.store.enrol(&site, NOW, 1).await.unwrap(), Enrolled::New);
        let found = bench.reopened().await.site(site.id).await.unwrap().unwrap();
        assert_eq!((found.id, found.federation), (site.id, site.federation));
        assert_eq!(found.credential.as_bytes(), site.credential.as_bytes());
        assert!(bench.store.site(SiteId::from_random([3; 16])).await.unwrap().is_none());
    }

    async fn enrolments_at_once_never_pass_the_limit(bench) {
        let second = bench.second().await;
        let tasks = (0..12).map(|number| {
            let store = if number % 2 == 0 { Arc::clone(&bench.store) } else { Arc::clone(&second) };
            tokio::spawn(async move { store.enrol(&new_site(), NOW, 5).await.unwrap() })
        });
        let mut enrolled = 0;
        for task in tasks.collect::<Vec<_>>() {
            enrolled += u32::from(task.await.unwrap() == Enrolled::New);
        }
        assert_eq!(enrolled, 5);
    }

    async fn a_site_without_a_federation_is_refused(bench) {
        let site = NewSite { federation: "nowhere".parse().unwrap(), ..new_site() };
        assert!(bench.store.enrol(&site, NOW, 5).await.is_err());
    }

    async fn a_key_enrols_once_in_a_federation(bench) {
        let key = Some("key".to_owned());
        let first = NewSite { public_key: key.clone(), ..new_site() };
        assert_eq!(bench.store.enrol(&first, NOW, 5).await.unwrap(), Enrolled::New);
        let second = NewSite { public_key: key.clone(), ..new_site() };
        assert_eq!(bench.store.enrol(&second, NOW, 5).await.unwrap(), Enrolled::KeyTaken);
        bench.store.open_federation(&new_federation("other")).await.unwrap();
        let elsewhere = NewSite { federation: "other".parse().unwrap(), public_key: key, ..new_site() };
        assert_eq!(bench.store.enrol(&elsewhere, NOW, 5).await.unwrap(), Enrolled::New);
    }

    async fn a_credential_can_be_renewed_until_the_site_is_seen(bench) {
        let new = NewSite { public_key: Some("key".to_owned()), ..new_site() };
        assert_eq!(bench.store.enrol(&new, NOW, 5).await.unwrap(), Enrolled::New);
        let store = &bench.store;
        assert_eq!(store.site_that_waits(&test(), "key", None).await.unwrap(), Some(new.id));
        assert_eq!(store.site_that_waits(&test(), "other", None).await.unwrap(), None);
        let digest = Digest::of(b"an invitation");
        assert_eq!(store.site_that_waits(&test(), "key", Some(&digest)).await.unwrap(), None);
        let renewed = Credential::for_site(new.id).unwrap().hash();
        assert!(store.renew_credential(new.id, &renewed).await.unwrap());
        assert!(store.site(new.id).await.unwrap().unwrap().credential.matches(&renewed));
        store.set_seen(new.id, NOW.plus_ms(1)).await.unwrap();
        assert_eq!(store.site(new.id).await.unwrap().unwrap().seen, Some(NOW.plus_ms(1)));
        assert!(!store.renew_credential(new.id, &new.credential).await.unwrap());
        assert_eq!(store.site_that_waits(&test(), "key", None).await.unwrap(), None);
    }

    async fn a_damaged_site_hides_no_other(bench) {
        let (whole, damaged) = (bench.site().await, bench.site().await);
        bench.rot("UPDATE sites SET credential_hash = $1 WHERE id = $2", damaged.to_string()).await;
        for _ in 0..2 {
            let listed = bench.store.sites(None, NOW).await.unwrap();
            assert_eq!(listed.iter().map(|site| site.id).collect::<Vec<_>>(), [whole]);
        }
        let damage = bench.store.damage().await.unwrap();
        assert_eq!(damage.len(), 1, "{damage:?}");
        assert_eq!(damage[0].part, DamagedPart::Site(damaged.to_string()));
        let log = bench.store.audit_rows(0, 100).await.unwrap();
        assert_eq!(log.iter().filter(|row| row.kind == "row-damaged").count(), 1, "it is noted once");
    }

    async fn an_ended_site_is_listed_and_makes_room(bench) {
        let store = &bench.store;
        let (first, second) = (new_site(), new_site());
        assert_eq!(store.enrol(&first, NOW, 1).await.unwrap(), Enrolled::New);
        assert_eq!(store.enrol(&second, NOW, 1).await.unwrap(), Enrolled::Full);
        let revoke = async |site, ms| store.revoke_site(site, Unmerged::Keep, Actor::Operator, NOW.plus_ms(ms)).await.unwrap();
        assert_eq!(revoke(first.id, 5).await.map(|revoked| revoked.federation), Some(test()));
        assert_eq!(revoke(first.id, 6).await, None, "it ends once");
        assert_eq!(revoke(second.id, 0).await, None, "it was never there");
        assert_eq!(store.enrol(&second, NOW.plus_ms(9), 1).await.unwrap(), Enrolled::New);
        let listed = store.sites(Some(&test()), NOW).await.unwrap();
        let listed: Vec<_> = listed.iter().map(|site| (site.id, site.revoked)).collect();
        assert_eq!(listed, [(first.id, Some(NOW.plus_ms(5))), (second.id, None)]);
        assert!(store.sites(Some(&"nowhere".parse().unwrap()), NOW).await.unwrap().is_empty());
        assert_eq!(store.sites(None, NOW).await.unwrap().len(), 2);
        assert_eq!(store.revoked_since(NOW.plus_ms(5)).await.unwrap(), [(test(), first.id)]);
        assert!(store.revoked_since(NOW.plus_ms(6)).await.unwrap().is_empty());
    }
}
