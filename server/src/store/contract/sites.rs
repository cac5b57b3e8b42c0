use super::*;

on_both_databases! {
    async fn a_site_is_known_by_its_id(bench) {
        let mut bench = bench;
        let site = new_site();
        assert!(bench.store.insert_site(&site, NOW, 1).await.unwrap());
        let found = bench.reopened().await.site(site.id).await.unwrap().unwrap();
        assert_eq!((found.id, found.federation), (site.id, site.federation));
        assert_eq!(found.credential.as_bytes(), site.credential.as_bytes());
        assert!(bench.store.site(SiteId::from_random([3; 16])).await.unwrap().is_none());
    }

    async fn enrolments_at_once_never_pass_the_limit(bench) {
        let second = bench.second().await;
        let tasks = (0..12).map(|number| {
            let store = if number % 2 == 0 { Arc::clone(&bench.store) } else { Arc::clone(&second) };
            tokio::spawn(async move { store.insert_site(&new_site(), NOW, 5).await.unwrap() })
        });
        let mut enrolled = 0;
        for task in tasks.collect::<Vec<_>>() {
            enrolled += u32::from(task.await.unwrap());
        }
        assert_eq!(enrolled, 5);
    }

    async fn a_site_without_a_federation_is_refused(bench) {
        let site = StoredSite { federation: "nowhere".parse().unwrap(), ..new_site() };
        assert!(bench.store.insert_site(&site, NOW, 5).await.is_err());
    }
}
