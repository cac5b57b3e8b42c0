use fedner_protocol::InvitationId;

use super::*;
use crate::audit::Actor;
use crate::store::InvitationRefusal;
use crate::store::{DamagedPart, StoredInvitation};

fn invitation(number: u8) -> StoredInvitation {
    StoredInvitation {
        id: InvitationId::from_random([number; 16]),
        federation: test(),
        name: "Ward 3".to_owned(),
        made: NOW,
        expires: NOW.plus_ms(1000),
        used: None,
        revoked: None,
    }
}

fn invited(secret: &str) -> NewSite {
    NewSite { invitation: Some(Digest::of(secret.as_bytes())), public_key: Some(format!("key {secret}")), ..new_site() }
}

async fn invite(store: &Store, number: u8, secret: &str) -> StoredInvitation {
    let made = invitation(number);
    assert!(store.insert_invitation(&made, &Digest::of(secret.as_bytes()), Actor::Operator).await.unwrap());
    made
}

on_both_databases! {
    async fn an_invitation_is_used_once_and_gives_its_name(bench) {
        let mut bench = bench;
        let made = invite(&bench.store, 1, "a").await;
        let site = invited("a");
        assert_eq!(bench.store.enrol(&site, NOW.plus_ms(9), 5).await.unwrap(), Enrolled::New);
        let again = NewSite { public_key: Some("another".to_owned()), ..invited("a") };
        let used = Enrolled::Refused(InvitationRefusal::Used);
        assert_eq!(bench.store.enrol(&again, NOW.plus_ms(10), 5).await.unwrap(), used);
        let store = bench.reopened().await;
        let stored = store.site(site.id).await.unwrap().unwrap();
        assert_eq!((stored.name.as_deref(), stored.public_key.as_deref()), (Some("Ward 3"), Some("key a")));
        let kept = StoredInvitation { used: Some((site.id, NOW.plus_ms(9))), ..made };
        assert_eq!(store.invitations(Some(&test()), NOW).await.unwrap(), std::slice::from_ref(&kept));
        assert_eq!(store.invitation(&test(), &Digest::of(b"a")).await.unwrap(), Some(kept));
        let digest = Digest::of(b"a");
        assert_eq!(store.site_that_waits(&test(), "key a", Some(&digest)).await.unwrap(), Some(site.id));
        assert_eq!(store.site_that_waits(&test(), "key a", None).await.unwrap(), None);
    }

    async fn a_damaged_invitation_hides_no_other(bench) {
        let (whole, damaged) = (invite(&bench.store, 1, "a").await, invite(&bench.store, 2, "b").await);
        let rot = sqlx::query("UPDATE invitations SET id = 'not an id' WHERE id = $1").bind(damaged.id.to_string());
        assert_eq!(rot.execute(&bench.store.writer).await.unwrap().rows_affected(), 1);
        assert_eq!(bench.store.invitations(None, NOW).await.unwrap(), [whole]);
        let parts: Vec<_> = bench.store.damage().await.unwrap().into_iter().map(|row| row.part).collect();
        assert_eq!(parts, [DamagedPart::Invitation("not an id".to_owned())]);
    }

    async fn of_many_enrolments_with_one_invitation_one_wins(bench) {
        invite(&bench.store, 1, "a").await;
        let second = bench.second().await;
        let tasks = (0..8).map(|number| {
            let store = if number % 2 == 0 { Arc::clone(&bench.store) } else { Arc::clone(&second) };
            let site = NewSite { public_key: Some(format!("key {number}")), ..invited("a") };
            tokio::spawn(async move { store.enrol(&site, NOW, 100).await.unwrap() })
        });
        let mut outcomes = Vec::new();
        for task in tasks.collect::<Vec<_>>() {
            outcomes.push(task.await.unwrap());
        }
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Enrolled::New).count(), 1, "{outcomes:?}");
        let used = Enrolled::Refused(InvitationRefusal::Used);
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == used).count(), 7, "{outcomes:?}");
        assert_eq!(bench.store.sites(None, NOW).await.unwrap().len(), 1);
    }

    async fn what_can_not_be_used_is_told_apart_and_enrols_nobody(bench) {
        let store = &bench.store;
        let refused = async |site: NewSite, at| store.enrol(&site, at, 5).await.unwrap();
        assert_eq!(refused(invited("a"), NOW).await, Enrolled::Refused(InvitationRefusal::Unknown));
        invite(store, 1, "a").await;
        let expired = Enrolled::Refused(InvitationRefusal::Expired);
        assert_eq!(refused(invited("a"), NOW.plus_ms(1000)).await, expired);
        store.open_federation(&new_federation("other")).await.unwrap();
        let elsewhere = NewSite { federation: "other".parse().unwrap(), ..invited("a") };
        assert_eq!(refused(elsewhere, NOW).await, Enrolled::Refused(InvitationRefusal::Unknown));
        assert!(store.revoke_invitation(invitation(1).id, Actor::Operator, NOW.plus_ms(3)).await.unwrap());
        assert_eq!(refused(invited("a"), NOW.plus_ms(4)).await, Enrolled::Refused(InvitationRefusal::Revoked));
        assert!(!store.revoke_invitation(invitation(1).id, Actor::Operator, NOW.plus_ms(5)).await.unwrap());
        assert!(!store.revoke_invitation(invitation(2).id, Actor::Operator, NOW).await.unwrap());
        assert!(store.sites(None, NOW).await.unwrap().is_empty());
        let nowhere = StoredInvitation { federation: "nowhere".parse().unwrap(), ..invitation(3) };
        assert!(!store.insert_invitation(&nowhere, &Digest::of(b"b"), Actor::Operator).await.unwrap());
    }

    async fn a_full_federation_leaves_the_invitation_open(bench) {
        invite(&bench.store, 1, "a").await;
        assert_eq!(bench.store.enrol(&invited("a"), NOW, 0).await.unwrap(), Enrolled::Full);
        assert_eq!(bench.store.enrol(&invited("a"), NOW, 1).await.unwrap(), Enrolled::New);
    }

    async fn there_is_one_operator_credential(bench) {
        let mut bench = bench;
        let hash = |number| crate::credential::CredentialHash::from_bytes([number; 32]);
        assert!(bench.store.operator().await.unwrap().is_none());
        assert!(bench.store.insert_operator(&hash(1), NOW).await.unwrap());
        assert!(!bench.second().await.insert_operator(&hash(2), NOW).await.unwrap());
        assert!(bench.reopened().await.operator().await.unwrap().unwrap().matches(&hash(1)));
        bench.store.replace_operator(&hash(3), Actor::Operator, NOW).await.unwrap();
        let kept = bench.store.operator().await.unwrap().unwrap();
        assert!(kept.matches(&hash(3)) && !kept.matches(&hash(1)));
    }
}
