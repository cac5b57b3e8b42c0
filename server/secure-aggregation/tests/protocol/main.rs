//! Whole attempts of secure aggregation: sites drop out and crash, and servers lie.

#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod attempt;
mod liars;

use proptest::prelude::*;

use attempt::{LEVELS, Pattern, VALUES, run, sum_of};
use fedner_secure_aggregation::{Masked, Member, Step, threshold};

/// Where each site is lost: never, or before it does what the step asks for.
fn pattern(code: &[u8]) -> Pattern {
    let lost = |step: u8| (0..code.len()).filter(|site| code[*site] >= step).collect();
    Pattern { sites: code.len(), unshared: lost(3), unmasked: lost(2), silent: lost(1) }
}

/// The sum is exact if enough sites came through each step, and there is none otherwise.
fn check(code: &[u8]) {
    let pattern = pattern(code);
    let needed = threshold(pattern.sites);
    let left = |lost: &std::collections::BTreeSet<usize>| pattern.sites - lost.len();
    let outcome = run(&pattern, 7);
    if left(&pattern.silent) >= needed {
        let survivors: Vec<usize> = (0..pattern.sites).filter(|site| !pattern.unmasked.contains(site)).collect();
        assert_eq!(outcome.unwrap(), sum_of(&survivors, 7), "{code:?}");
    } else {
        assert!(outcome.is_err(), "{code:?}");
    }
}

#[test]
fn the_sum_is_exact_for_every_pattern_of_three_and_five_sites() {
    for sites in [3, 5] {
        for number in 0..4_u32.pow(sites) {
            let code: Vec<u8> = (0..sites).map(|site| (number / 4_u32.pow(site) % 4) as u8).collect();
            // Those with the most losses are alike: nothing comes of any.
            if code.iter().filter(|lost| **lost > 0).count() <= 3 {
                check(&code);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn the_sum_is_exact_for_patterns_of_ten(code in proptest::collection::vec(prop_oneof![6 => Just(0u8), 1 => 1u8..=3], 10)) {
        check(&code);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1))]
    #[test]
    fn the_sum_is_exact_for_patterns_of_fifty(code in proptest::collection::vec(prop_oneof![8 => Just(0u8), 1 => 1u8..=3], 50)) {
        check(&code);
    }
}

#[test]
fn what_a_site_sends_is_uniform_whatever_its_values_are() {
    // Each of 16 buckets gets its share of the numbers of a site whose values are all the same: chi-squared with 15 degrees
    // of freedom stays below its 99.99th percentile. The masks are those of a fixed seed.
    for value in [0, LEVELS as i32, -(LEVELS as i32)] {
        let mut sites = attempt::sites(3, 3);
        attempt::keys(&mut sites);
        attempt::share(&mut sites, &[0, 1, 2]);
        let view = attempt::view(&sites, 0, Step::Masked, &[0, 1, 2], &[]);
        let Masked { ring, numbers, .. } = sites[0].member.mask(&view, LEVELS, &vec![value; 40_000]).unwrap();
        let mut buckets = [0_f64; 16];
        for number in &numbers {
            buckets[(number >> (ring.bits() - 4)) as usize] += 1.0;
        }
        let expected = numbers.len() as f64 / 16.0;
        let chi: f64 = buckets.iter().map(|count| (count - expected).powi(2) / expected).sum();
        assert!(chi < 44.0, "{chi}: {buckets:?}");
    }
}

#[test]
fn the_next_attempt_masks_the_same_values_anew() {
    let masked = |attempt| {
        let mut sites = attempt::sites(3, attempt);
        attempt::keys(&mut sites);
        attempt::share(&mut sites, &[0, 1, 2]);
        let view = attempt::view(&sites, 0, Step::Masked, &[0, 1, 2], &[]);
        sites[0].member.mask(&view, LEVELS, &[5; VALUES]).unwrap().numbers
    };
    let (one, two) = (masked(1), masked(2));
    assert!(one.iter().zip(&two).filter(|(a, b)| a == b).count() < 4, "{one:?} {two:?}");
}

/// As a tab that was closed and opened again has it.
pub fn restored(member: &Member) -> Member {
    serde_json::from_slice(&serde_json::to_vec(member).unwrap()).unwrap()
}
