//! The CRF against enumeration of all sequences.

use proptest::prelude::*;

use fedner_kernels::log_sum;

use super::*;

/// Every valid sequence with its score.
fn enumerate(crf: &Crf, emissions: &[f32]) -> Vec<(Vec<Tag>, f64)> {
    let (k, tokens) = (crf.chain.tags(), emissions.len() / crf.chain.tags());
    let mut all = Vec::new();
    for code in 0..k.pow(tokens as u32) {
        let tags: Vec<usize> = (0..tokens).map(|t| code / k.pow(t as u32) % k).collect();
        let mut score = crf.chain.start(tags[0]) + crf.chain.end(tags[tokens - 1]);
        score += tags.iter().enumerate().map(|(t, tag)| f64::from(emissions[t * k + tag])).sum::<f64>();
        score += tags.windows(2).map(|p| crf.chain.transition(p[0], p[1])).sum::<f64>();
        if score.is_finite() {
            all.push((tags.into_iter().map(Tag::from_index).collect(), score));
        }
    }
    all
}

fn labels(types: usize) -> LabelSet {
    LabelSet::new((0..types).map(|i| format!("T{i}")).collect()).unwrap()
}

fn case() -> impl Strategy<Value = (usize, Vec<f32>, Vec<f32>, usize)> {
    (1usize..=2, 1usize..=4).prop_flat_map(|(types, tokens)| {
        let k = Tag::count(types);
        let values = |n| proptest::collection::vec(-3f32..3.0, n);
        (Just(types), values(2 * k + k * k), values(tokens * k), any::<usize>())
    })
}

proptest! {
    #[test]
    fn partition_viterbi_marginals_and_confidence_equal_enumeration((types, scores, emissions, pick) in case()) {
        let labels = labels(types);
        let crf = Crf::new(&labels, &scores);
        let k = crf.chain.tags();
        let all = enumerate(&crf, &emissions);
        let log_z = log_sum(all.iter().map(|x| x.1));

        let gold = &all[pick % all.len()];
        let (loss, gradient) = crf.loss(&emissions, &gold.0);
        prop_assert!((loss - (log_z - gold.1)).abs() < 1e-9);

        let best = all.iter().map(|x| x.1).fold(f64::NEG_INFINITY, f64::max);
        let decoded = crf.decode(&emissions);
        let found = all.iter().find(|x| x.0 == decoded);
        prop_assert!(found.is_some_and(|x| (x.1 - best).abs() < 1e-9));

        let mut expected = vec![0.0; emissions.len()];
        let mut pairs = vec![0.0; k * k];
        for (tags, score) in &all {
            let p = (score - log_z).exp();
            tags.iter().enumerate().for_each(|(t, tag)| expected[t * k + tag.index()] += p);
            tags.windows(2).for_each(|w| pairs[w[0].index() * k + w[1].index()] += p);
        }
        gold.0.iter().enumerate().for_each(|(t, tag)| expected[t * k + tag.index()] -= 1.0);
        gold.0.windows(2).for_each(|w| pairs[w[0].index() * k + w[1].index()] -= 1.0);
        let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9);
        prop_assert!(close(&gradient.emissions, &expected));
        prop_assert!(close(&gradient.scores[k..k + k * k], &pairs));

        for span in tags_to_spans(&gold.0) {
            let with = all.iter().filter(|x| tags_to_spans(&x.0).contains(&span));
            let p: f64 = with.map(|x| (x.1 - log_z).exp()).sum();
            prop_assert!((crf.at(Temperature::NEUTRAL).confidences(&emissions, &[span])[0] - p).abs() < 1e-9);
        }
    }

    #[test]
    fn confidence_at_a_temperature_equals_enumeration((types, scores, emissions, pick) in case(), ln in -0.69..1.6) {
        let labels = labels(types);
        let crf = Crf::new(&labels, &scores);
        let all = enumerate(&crf, &emissions);
        let temperature = Temperature::from_ln(ln);
        let weigh = |score: f64| score / f64::from(f32::from(temperature));
        let log_z = log_sum(all.iter().map(|x| weigh(x.1)));
        let of = |span: &TokenSpan| -> f64 {
            let with = all.iter().filter(|x| tags_to_spans(&x.0).contains(span));
            with.map(|x| (weigh(x.1) - log_z).exp()).sum()
        };
        let neutral_log_z = log_sum(all.iter().map(|x| x.1));
        let neutral = |span: &TokenSpan| -> f64 {
            let with = all.iter().filter(|x| tags_to_spans(&x.0).contains(span));
            with.map(|x| (x.1 - neutral_log_z).exp()).sum()
        };
        let spans = tags_to_spans(&all[pick % all.len()].0);
        for (span, confidence) in spans.iter().zip(crf.at(temperature).confidences(&emissions, &spans)) {
            prop_assert!((of(span) - confidence).abs() < 1e-9, "{span:?}: {confidence}");
        }
        // Spans and uncertainty don't depend on the temperature, only the confidences do.
        let [own, tagged] = [Temperature::NEUTRAL, temperature].map(|t| crf.tag(&emissions, &crf.at(t)));
        for (span, confidence) in own.spans.iter().zip(&own.confidences) {
            prop_assert!((neutral(span) - confidence).abs() < 1e-9, "{span:?}: {confidence}");
        }
        prop_assert_eq!((&own.spans, own.uncertainty), (&tagged.spans, tagged.uncertainty));
        let best = all.iter().map(|x| weigh(x.1)).fold(f64::NEG_INFINITY, f64::max);
        let found = all.iter().find(|x| x.0 == crf.decode(&emissions));
        prop_assert!(found.is_some_and(|x| (weigh(x.1) - best).abs() < 1e-9));
        for (span, confidence) in tagged.spans.iter().zip(&tagged.confidences) {
            prop_assert!((of(span) - confidence).abs() < 1e-9, "{span:?}: {confidence}");
        }
    }

    #[test]
    fn uncertainty_equals_enumeration((types, scores, emissions, _) in case()) {
        let labels = labels(types);
        let crf = Crf::new(&labels, &scores);
        let (k, all) = (crf.chain.tags(), enumerate(&crf, &emissions));
        let log_z = log_sum(all.iter().map(|x| x.1));
        let best = all.iter().map(|x| x.1).fold(f64::NEG_INFINITY, f64::max);
        let entropies: Vec<f64> = (0..emissions.len() / k)
            .map(|t| {
                let with = |tag: usize| all.iter().filter(move |x| x.0[t].index() == tag).map(|x| (x.1 - log_z).exp());
                let p = (0..k).map(|tag| with(tag).sum::<f64>());
                p.filter(|p| *p > 0.0).map(|p| -p * p.ln()).sum()
            })
            .collect();
        let TaggedSentence { spans, confidences, uncertainty } = crf.tag(&emissions, &crf.at(Temperature::NEUTRAL));
        prop_assert_eq!(uncertainty.tokens, emissions.len() / k);
        prop_assert!((uncertainty.best_path - (log_z - best)).abs() < 1e-9);
        prop_assert!((uncertainty.token_entropy - entropies.iter().sum::<f64>()).abs() < 1e-9);
        prop_assert!((uncertainty.token_entropy_max - entropies.iter().fold(0.0, |a: f64, b| a.max(*b))).abs() < 1e-9);
        prop_assert_eq!(&spans, &tags_to_spans(&crf.decode(&emissions)));
        prop_assert_eq!(spans.len(), confidences.len());
    }

    #[test]
    fn gradients_equal_finite_differences((types, scores, emissions, pick) in case()) {
        let labels = labels(types);
        let crf = Crf::new(&labels, &scores);
        let all = enumerate(&crf, &emissions);
        let gold = all[pick % all.len()].0.clone();
        let (_, gradient) = crf.loss(&emissions, &gold);
        let step = 1.0 / 64.0; // exact in f32
        for i in 0..scores.len() {
            let mut moved = scores.clone();
            moved[i] += step;
            let up = Crf::new(&labels, &moved).loss(&emissions, &gold).0;
            moved[i] -= 2.0 * step;
            let down = Crf::new(&labels, &moved).loss(&emissions, &gold).0;
            prop_assert!(((up - down) / (2.0 * f64::from(step)) - gradient.scores[i]).abs() < 2e-3);
        }
        for i in 0..emissions.len() {
            let mut moved = emissions.clone();
            moved[i] += step;
            let up = crf.loss(&moved, &gold).0;
            moved[i] -= 2.0 * step;
            let down = crf.loss(&moved, &gold).0;
            prop_assert!(((up - down) / (2.0 * f64::from(step)) - gradient.emissions[i]).abs() < 2e-3);
        }
    }
}

#[test]
fn broken_emissions_still_decode_to_valid_tags() {
    let labels = labels(2);
    let scores = vec![0.0; 5 + 25 + 5];
    for poison in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let crf = Crf::new(&labels, &scores);
        let tags = crf.decode(&[poison; 15]);
        assert_eq!(tags.len(), 3);
        let uncertainty = crf.tag(&[poison; 15], &crf.at(Temperature::HIGHEST)).uncertainty;
        assert!(!uncertainty.best_path.is_nan() && !uncertainty.token_entropy.is_nan(), "{uncertainty:?}");
        assert!(tags.iter().all(|t| t.index() < 5));
    }
}

#[test]
fn a_temperature_stays_within_its_bounds() {
    assert_eq!(Temperature::from_ln(-9.0), Temperature::LOWEST);
    assert_eq!(Temperature::from_ln(f64::INFINITY), Temperature::HIGHEST);
    assert_eq!(Temperature::from_ln(f64::NAN), Temperature::NEUTRAL);
    for wrong in [0.0, -1.0, 0.49, 5.01, f32::NAN, f32::INFINITY] {
        assert!(Temperature::try_from(wrong).is_err(), "{wrong}");
    }
    assert_eq!(Temperature::try_from(1.0), Ok(Temperature::NEUTRAL));
}
