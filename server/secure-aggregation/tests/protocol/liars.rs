//! Servers that lie, and what the sites say.

use fedner_secure_aggregation::{Action, Bytes, Message, Peer, Refusal, SiteState, Step, View};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};

use crate::attempt::{LEVELS, Site, VALUES, id, keys, share, sites, view};

const ALL: [usize; 5] = [0, 1, 2, 3, 4];

/// Five sites whose keys are known.
fn ready() -> Vec<Site> {
    let mut sites = sites(5, 1);
    keys(&mut sites);
    sites
}

/// What site 0 says to a list of keys that was meddled with.
fn told_keys(meddle: impl FnOnce(&mut View)) -> Refusal {
    let mut sites = ready();
    let mut view = view(&sites, 0, Step::Shares, &[], &[]);
    meddle(&mut view);
    let site = &mut sites[0];
    let refusal = site.member.shares(&view, &mut site.pins).unwrap_err();
    assert!(site.pins.is_empty(), "nobody is pinned by a list that is wrong");
    refusal
}

/// Five sites of which the first has sent a masked update.
fn masked() -> Vec<Site> {
    let mut sites = ready();
    share(&mut sites, &ALL);
    let view = view(&sites, 0, Step::Masked, &ALL, &[]);
    sites[0].member.mask(&view, LEVELS, &[1; VALUES]).unwrap();
    sites
}

#[test]
fn keys_that_were_swapped_or_invented_are_found() {
    assert_eq!(told_keys(|view| view.roster[2].keys = view.roster[3].keys.clone()), Refusal::Signature(id(2)));
    assert_eq!(told_keys(|view| view.roster[4].keys.masking_key.0[5] ^= 1), Refusal::Signature(id(4)));
    assert_eq!(told_keys(|view| view.roster[0].keys.sealing_key.0[5] ^= 1), Refusal::OwnKeys);
    assert!(matches!(told_keys(|view| drop(view.roster.remove(0))), Refusal::Roster(_)));
    assert!(matches!(told_keys(|view| view.roster[2] = view.roster[1].clone()), Refusal::Roster(_)));
    assert_eq!(told_keys(|view| view.roster.truncate(2)), Refusal::Sites(2));
}

#[test]
fn another_identity_key_than_before_is_found() {
    // The server knows a private key of its own, and signs with it for a peer that was met before.
    let mut sites = ready();
    share(&mut sites, &[0]);
    let mut next = crate::attempt::sites(5, 2);
    keys(&mut next);
    next[0].pins = sites[0].pins.clone();
    let own = SigningKey::from_slice(&[99; 32]).unwrap();
    let signature: Signature = own.sign(next[2].member.statement().unwrap().as_bytes());
    let peer = next[2].peer.as_mut().unwrap();
    peer.identity.0 = own.verifying_key().to_sec1_point(false).as_bytes().to_vec();
    peer.keys.signature.0 = signature.to_bytes().to_vec();
    let view = view(&next, 0, Step::Shares, &[], &[]);
    let site = &mut next[0];
    assert_eq!(site.member.shares(&view, &mut site.pins).unwrap_err(), Refusal::Identity(id(2)));
}

#[test]
fn messages_of_another_round_or_attempt_are_not_taken() {
    let replayed = told_keys(|view| view.attempt.attempt = 2);
    assert_eq!(replayed, Refusal::Attempt);
    // Keys of an earlier attempt have a signature that does not fit this one.
    let mut earlier = sites(5, 9);
    keys(&mut earlier);
    let old = earlier[3].peer.clone().unwrap();
    assert_eq!(told_keys(|view| view.roster[3] = old), Refusal::Signature(id(3)));
}

#[test]
fn shares_that_were_changed_or_made_for_another_list_are_found() {
    let mut sites = ready();
    share(&mut sites, &ALL);
    let mut view = view(&sites, 0, Step::Masked, &ALL, &[]);
    view.sealed.get_mut(&id(2)).unwrap().0[3] ^= 1;
    assert_eq!(sites[0].member.mask(&view, LEVELS, &[1; VALUES]).unwrap_err(), Refusal::Sealed(id(2)));
    view.roster.pop();
    assert!(matches!(sites[0].member.mask(&view, LEVELS, &[1; VALUES]).unwrap_err(), Refusal::Changed(_)));
}

#[test]
fn lists_of_survivors_that_are_too_short_or_change_are_not_answered() {
    let mut sites = masked();
    let view = |survivors: &[usize]| view(&sites, 0, Step::Unmask, &ALL, survivors);
    let (few, all, other) = (view(&[0, 1, 2]), view(&ALL), view(&[0, 1, 2, 3]));
    let without_own = view(&[1, 2, 3, 4]);
    let member = &mut sites[0].member;
    assert_eq!(member.unmask(&few).unwrap_err(), Refusal::TooFew { found: 3, threshold: 4 });
    assert!(matches!(member.unmask(&without_own).unwrap_err(), Refusal::Roster(_)));
    member.unmask(&all).unwrap();
    *member = crate::restored(member);
    assert_eq!(member.unmask(&other).unwrap_err(), Refusal::OtherSurvivors, "also after the tab was opened again");
    member.unmask(&all).unwrap();
}

#[test]
fn too_few_sharers_are_not_sent_to_and_no_second_update_is_masked() {
    let mut sites = ready();
    share(&mut sites, &ALL);
    let few = view(&sites, 0, Step::Masked, &[0, 1, 2], &[]);
    let refusal = sites[0].member.mask(&few, LEVELS, &[1; VALUES]).unwrap_err();
    assert_eq!(refusal, Refusal::TooFew { found: 3, threshold: 4 });
    let mut sites = masked();
    let view = view(&sites, 0, Step::Masked, &ALL, &[]);
    assert_eq!(sites[0].member.mask(&view, LEVELS, &[2; VALUES]).unwrap_err(), Refusal::MaskedBefore);
    sites[0].member.mask(&view, LEVELS, &[1; VALUES]).unwrap();
    assert_eq!(ready()[0].member.clone().unmask(&view).unwrap_err(), Refusal::Order);
}

/// Leads a stored site through an attempt with four others to the answer for these survivors.
fn asked(stored: &mut Vec<u8>, number: u32, survivors: &[usize]) -> Action {
    let mut others = sites(5, number);
    keys(&mut others);
    let of = others[0].member.attempt().clone();
    // As a tab does: the state is stored after each step, and read before the next.
    let mut next = |view: &View| {
        let mut site = SiteState::read(Some(stored.as_slice()).filter(|bytes| !bytes.is_empty())).unwrap();
        let action = site.next(&of, view, [number as u8 + 100; 32]).unwrap();
        if view.step == Step::Masked {
            site.mask(view, LEVELS, &[1; VALUES]).unwrap();
        }
        *stored = site.stored().unwrap();
        (action, site)
    };
    let empty = View { roster: Vec::new(), ..view(&others, 0, Step::Keys, &[], &[]) };
    let (Action::Sign(statement), site) = next(&empty) else { panic!("it has keys of its own") };
    let signature: Signature = others[0].signer.sign(statement.as_bytes());
    let Message::Keys(own) = site.keys(signature.to_bytes().to_vec()).unwrap() else { panic!("these are its keys") };
    let identity = Bytes(others[0].signer.verifying_key().to_sec1_point(false).as_bytes().to_vec());
    others[0].peer = Some(Peer { site: id(0), identity, keys: own });
    let (Action::Send(Message::Shares(shares)), _) = next(&view(&others, 0, Step::Shares, &[], &[])) else {
        panic!("it shares its secrets")
    };
    others[0].shares = Some(shares);
    share(&mut others, &[1, 2, 3, 4]);
    assert_eq!(next(&view(&others, 0, Step::Masked, &ALL, &[])).0, Action::Mask);
    next(&view(&others, 0, Step::Unmask, &ALL, survivors)).0
}

#[test]
fn a_round_that_is_done_again_is_answered_for_the_same_sites_only() {
    let mut stored = Vec::new();
    assert!(matches!(asked(&mut stored, 1, &ALL), Action::Send(Message::Unmask(_))));
    // The sum of four would tell the update of the fifth, which masks the same one in each attempt.
    assert_eq!(asked(&mut stored, 2, &[0, 1, 2, 3]), Action::Refuse(Refusal::OtherSum(3)));
    assert!(matches!(asked(&mut stored, 3, &ALL), Action::Send(Message::Unmask(_))), "the same sites are answered for");
}

#[test]
fn keys_that_this_device_does_not_know_any_more_are_not_replaced() {
    let others = ready();
    let lost = View { sent: true, roster: Vec::new(), ..view(&others, 0, Step::Keys, &[], &[]) };
    let mut site = SiteState::default();
    assert_eq!(site.next(others[0].member.attempt(), &lost, [1; 32]), Ok(Action::Out));
    assert!(SiteState::read(Some(b"damaged")).is_err(), "and a damaged state is not taken for none");
}
