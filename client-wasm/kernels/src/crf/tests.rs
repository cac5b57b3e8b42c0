//! The CRF against enumeration of all sequences.

use proptest::prelude::*;

use super::*;

/// Every sequence that is not impossible with its score.
fn enumerate(crf: &LinearChainCrf, emissions: &[f64]) -> Vec<(Vec<usize>, f64)> {
    let tags = crf.tags();
    let tokens = emissions.len() / tags;
    let all = (0..tags.pow(tokens as u32)).map(|code| {
        let sequence: Vec<usize> = (0..tokens).map(|t| code / tags.pow(t as u32) % tags).collect();
        let emitted: f64 = sequence.iter().enumerate().map(|(t, tag)| emissions[t * tags + tag]).sum();
        let moved: f64 = sequence.windows(2).map(|pair| crf.transition(pair[0], pair[1])).sum();
        let score = crf.start(sequence[0]) + emitted + moved + crf.end(sequence[tokens - 1]);
        (sequence, score)
    });
    all.filter(|(_, score)| *score > f64::NEG_INFINITY).collect()
}

/// A CRF and emissions with scores of up to 3, or of up to 3,000, whose exponentials mostly overflow.
/// The first tag may follow and be followed by every other; some of the other transitions are impossible.
fn case() -> impl Strategy<Value = (LinearChainCrf, Vec<f64>)> {
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
                    (LinearChainCrf::new(start, transitions, end), emissions)
                },
            )
        },
    )
}

proptest! {
    #[test]
    fn sums_and_the_best_are_those_of_all_sequences((crf, emissions) in case()) {
        let all = enumerate(&crf, &emissions);
        let tags = crf.tags();
        let log_partition = log_sum(all.iter().map(|(_, score)| *score));
        let sums = crf.forward_backward(emissions.clone());
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
        let found = crf.viterbi(&emissions);
        let score = all.iter().find(|(sequence, _)| *sequence == found).map(|(_, score)| *score);
        prop_assert!(score.is_some_and(|score| (score - best).abs() < 1e-9 * best.abs().max(1.0)));
    }
}

#[test]
fn a_sequence_that_begins_with_an_unlikely_tag_is_not_lost() {
    // 0 → 1 is impossible; at the first token 1 is e⁻⁹⁰⁰ of 0, at the second it is all there is.
    let crf = LinearChainCrf::new(vec![0.0; 2], vec![0.0, f64::NEG_INFINITY, 0.0, 0.0], vec![0.0; 2]);
    let sums = crf.forward_backward(vec![0.0, -900.0, 0.0, 2000.0]);
    assert!((sums.log_partition() - 1100.0).abs() < 1e-9, "{}", sums.log_partition());
    assert!((sums.marginals()[1] - 1.0).abs() < 1e-9);
    let mut pairs = vec![0.0; 4];
    sums.add_pair_marginals(&mut pairs);
    assert!((pairs[3] - 1.0).abs() < 1e-9, "{pairs:?}");
}

#[test]
fn of_equal_scores_and_nan_the_lower_tags_win() {
    let crf = LinearChainCrf::new(vec![0.0; 3], vec![0.0; 9], vec![0.0; 3]);
    assert_eq!(crf.viterbi(&[0.0; 12]), [0; 4]);
    assert_eq!(crf.viterbi(&[f64::NAN; 12]), [0; 4]);
    assert_eq!(crf.viterbi(&[0.0, 1.0, f64::NAN, 0.0, 2.0, 2.0]), [1, 1]);
}

#[test]
fn a_tag_without_a_possible_transition_to_it_is_only_a_start() {
    let never = f64::NEG_INFINITY;
    let crf = LinearChainCrf::new(vec![0.0, 1.0], vec![0.5, never, -0.5, never], vec![0.0, 2.0]);
    let emissions = vec![0.3, -0.2, 0.1, 5.0];
    let paths = [0.3 + 0.5 + 0.1, 1.0 - 0.2 - 0.5 + 0.1];
    let log_partition = log_sum(paths.into_iter());
    let sums = crf.forward_backward(emissions.clone());
    assert!((sums.log_partition() - log_partition).abs() < 1e-12);
    let [first, second] = paths.map(|path| (path - log_partition).exp());
    let mut pairs = vec![0.0; 4];
    sums.add_pair_marginals(&mut pairs);
    for (found, expected) in
        sums.marginals().iter().chain(&pairs).zip([first, second, 1.0, 0.0, first, 0.0, second, 0.0])
    {
        assert!((found - expected).abs() < 1e-12, "{found} and {expected}");
    }
    assert_eq!(crf.viterbi(&emissions), [0, 0]);
}
