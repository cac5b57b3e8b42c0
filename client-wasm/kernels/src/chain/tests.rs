//! The chain against enumeration of all sequences.

use proptest::prelude::*;

use super::*;

/// Every sequence that is not impossible with its score.
fn enumerate(chain: &Chain, emissions: &[f64]) -> Vec<(Vec<usize>, f64)> {
    let tags = chain.tags();
    let tokens = emissions.len() / tags;
    let all = (0..tags.pow(tokens as u32)).map(|code| {
        let sequence: Vec<usize> = (0..tokens).map(|t| code / tags.pow(t as u32) % tags).collect();
        let emitted: f64 = sequence.iter().enumerate().map(|(t, tag)| emissions[t * tags + tag]).sum();
        let moved: f64 = sequence.windows(2).map(|pair| chain.transition(pair[0], pair[1])).sum();
        let score = chain.start(sequence[0]) + emitted + moved + chain.end(sequence[tokens - 1]);
        (sequence, score)
    });
    all.filter(|(_, score)| *score > f64::NEG_INFINITY).collect()
}

/// A chain and emissions with scores of up to 3, or up to 3,000: many of those are beyond what an exponential holds.
/// The first tag may follow and be followed by every other; some of the other transitions are impossible.
fn case() -> impl Strategy<Value = (Chain, Vec<f64>)> {
    (1usize..=4, 1usize..=4, prop_oneof![Just(3.0), Just(3000.0)], any::<u16>()).prop_flat_map(
        |(tags, tokens, most, impossible)| {
            let values = move |n: usize| proptest::collection::vec(-most..most, n);
            (values(tags), values(tags * tags), values(tags), values(tokens * tags)).prop_map(
                move |(start, mut transitions, end, emissions)| {
                    for (pair, score) in transitions.iter_mut().enumerate() {
                        if pair / tags != 0 && pair % tags != 0 && impossible >> pair & 1 == 1 {
                            *score = f64::NEG_INFINITY;
                        }
                    }
                    (Chain::new(start, transitions, end), emissions)
                },
            )
        },
    )
}

proptest! {
    #[test]
    fn sums_and_the_best_are_those_of_all_sequences((chain, emissions) in case()) {
        let all = enumerate(&chain, &emissions);
        let tags = chain.tags();
        let log_partition = log_sum(all.iter().map(|(_, score)| *score));
        let sums = chain.sums(emissions.clone());
        prop_assert!((sums.log_partition() - log_partition).abs() < 1e-9 * log_partition.abs().max(1.0));

        let (mut singles, mut pairs) = (vec![0.0; emissions.len()], vec![1.0; tags * tags]);
        for (sequence, score) in &all {
            let p = (score - log_partition).exp();
            sequence.iter().enumerate().for_each(|(t, tag)| singles[t * tags + tag] += p);
            sequence.windows(2).for_each(|pair| pairs[pair[0] * tags + pair[1]] += p);
        }
        let mut counted = vec![1.0; tags * tags];
        sums.add_pair_marginals(&mut counted);
        for (found, expected) in sums.marginals().iter().chain(&counted).zip(singles.iter().chain(&pairs)) {
            prop_assert!((found - expected).abs() < 1e-8, "{found} and {expected}");
        }

        let best = all.iter().map(|(_, score)| *score).fold(f64::NEG_INFINITY, f64::max);
        let found = chain.best(&emissions);
        let score = all.iter().find(|(sequence, _)| *sequence == found).map(|(_, score)| *score);
        prop_assert!(score.is_some_and(|score| (score - best).abs() < 1e-9 * best.abs().max(1.0)));
    }
}

#[test]
fn a_way_that_only_unlikely_tags_open_is_not_lost() {
    // 0 → 1 is impossible; at the first token 1 is e⁻⁹⁰⁰ of 0, at the second it is all there is.
    let chain = Chain::new(vec![0.0; 2], vec![0.0, f64::NEG_INFINITY, 0.0, 0.0], vec![0.0; 2]);
    let sums = chain.sums(vec![0.0, -900.0, 0.0, 2000.0]);
    assert!((sums.log_partition() - 1100.0).abs() < 1e-9, "{}", sums.log_partition());
    assert!((sums.marginals()[1] - 1.0).abs() < 1e-9);
    let mut pairs = vec![0.0; 4];
    sums.add_pair_marginals(&mut pairs);
    assert!((pairs[3] - 1.0).abs() < 1e-9, "{pairs:?}");
}

#[test]
fn equals_and_what_is_no_number_end_with_the_lower_tags() {
    let chain = Chain::new(vec![0.0; 3], vec![0.0; 9], vec![0.0; 3]);
    assert_eq!(chain.best(&[0.0; 12]), [0; 4]);
    assert_eq!(chain.best(&[f64::NAN; 12]), [0; 4]);
    assert_eq!(chain.best(&[0.0, 1.0, f64::NAN, 0.0, 2.0, 2.0]), [1, 1]);
}

#[test]
fn a_tag_that_nothing_leads_to_is_only_a_start() {
    let never = f64::NEG_INFINITY;
    let chain = Chain::new(vec![0.0, 1.0], vec![0.5, never, -0.5, never], vec![0.0, 2.0]);
    let emissions = vec![0.3, -0.2, 0.1, 5.0];
    let paths = [0.3 + 0.5 + 0.1, 1.0 - 0.2 - 0.5 + 0.1];
    let log_partition = log_sum(paths.into_iter());
    let sums = chain.sums(emissions.clone());
    assert!((sums.log_partition() - log_partition).abs() < 1e-12);
    let [first, second] = paths.map(|path| (path - log_partition).exp());
    let mut pairs = vec![0.0; 4];
    sums.add_pair_marginals(&mut pairs);
    for (found, expected) in
        sums.marginals().iter().chain(&pairs).zip([first, second, 1.0, 0.0, first, 0.0, second, 0.0])
    {
        assert!((found - expected).abs() < 1e-12, "{found} and {expected}");
    }
    assert_eq!(chain.best(&emissions), [0, 0]);
}
