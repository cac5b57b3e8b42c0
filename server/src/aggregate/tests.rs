use std::io::Cursor;

use proptest::prelude::*;

use super::*;

const PARAMETERS: usize = 5;
const MEAN: Aggregation = Aggregation::Mean { weighting: Weighting::Samples };
const UNIFORM: Aggregation = Aggregation::Mean { weighting: Weighting::Uniform };
const MEDIAN: Aggregation = Aggregation::Median {};
const TRIMMED: Aggregation = Aggregation::TrimmedMean { trim_percent: 20 };
const ALL: [Aggregation; 4] = [MEAN, UNIFORM, MEDIAN, TRIMMED];

type Update = (UpdateId, Vec<f32>, u32);

fn aggregator(aggregation: Aggregation, bounds: UpdateBounds, parameters: usize) -> Aggregator<Cursor<Vec<u8>>> {
    Aggregator::new(aggregation, bounds, parameters, || Ok(Cursor::new(Vec::new()))).unwrap()
}

fn aggregate(aggregation: Aggregation, bounds: &UpdateBounds, mut updates: Vec<Update>) -> Vec<f64> {
    updates.sort_by_key(|(id, ..)| *id);
    let mut aggregator = aggregator(aggregation, bounds.clone(), updates[0].1.len());
    for (id, values, samples) in &updates {
        aggregator.add(*id, values, *samples).unwrap();
    }
    aggregator.finish().unwrap()
}

fn id(number: u8) -> UpdateId {
    UpdateId::from_random([number; 16])
}

/// One parameter a site.
fn sites(values: &[f32]) -> Vec<Update> {
    values.iter().enumerate().map(|(i, value)| (id(i as u8), vec![*value], 1)).collect()
}

fn updates() -> impl Strategy<Value = Vec<Update>> {
    let one = (any::<[u8; 14]>(), prop::collection::vec(-1e3f32..1e3, PARAMETERS), 1u32..5000);
    prop::collection::vec(one, 1..9).prop_map(|updates| {
        let numbered = updates.into_iter().enumerate();
        numbered
            .map(|(i, (random, values, samples))| {
                let mut bytes = [0; 16];
                bytes[..14].copy_from_slice(&random);
                bytes[15] = i as u8;
                (UpdateId::from_random(bytes), values, samples)
            })
            .collect()
    })
}

fn close(found: f64, plain: f64) -> bool {
    (found - plain).abs() <= 1e-9 * (1.0 + plain.abs())
}

proptest! {
    #[test]
    fn the_mean_is_the_plain_weighted_mean(updates in updates()) {
        let total: f64 = updates.iter().map(|u| f64::from(u.2)).sum();
        let merged = aggregate(MEAN, &UpdateBounds::default(), updates.clone());
        for (i, merged) in merged.iter().enumerate() {
            let plain: f64 = updates.iter().map(|u| f64::from(u.1[i]) * f64::from(u.2) / total).sum();
            prop_assert!(close(*merged, plain));
        }
    }

    #[test]
    fn the_median_and_the_trimmed_mean_are_those_of_sorted_values(updates in updates(), percent in 1u32..50) {
        let n = updates.len();
        let trimmed = Aggregation::TrimmedMean { trim_percent: percent };
        let median = aggregate(MEDIAN, &UpdateBounds::default(), updates.clone());
        let trimmed = aggregate(trimmed, &UpdateBounds::default(), updates.clone());
        for i in 0..PARAMETERS {
            let mut sorted: Vec<f64> = updates.iter().map(|u| f64::from(u.1[i])).collect();
            sorted.sort_by(f64::total_cmp);
            prop_assert!(close(median[i], (sorted[n / 2] + sorted[(n - 1) / 2]) / 2.0));
            let cut = (f64::from(percent) * n as f64 / 100.0 - 1e-9).ceil() as usize;
            let cut = cut.min((n - 1) / 2);
            let kept = &sorted[cut..n - cut];
            prop_assert!(close(trimmed[i], kept.iter().sum::<f64>() / kept.len() as f64));
        }
    }

    #[test]
    fn clipping_is_scaling_down_and_never_up(updates in updates(), norm_clip in 1f32..2000.0) {
        let bounds = UpdateBounds { norm_clip: Some(norm_clip), ..UpdateBounds::default() };
        for aggregation in ALL {
            let scaled = updates.iter().map(|(id, values, samples)| {
                let norm = values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
                let scale = (f64::from(norm_clip) / norm).min(1.0);
                (*id, values.iter().map(|v| (f64::from(*v) * scale) as f32).collect(), *samples)
            });
            let plain = aggregate(aggregation, &UpdateBounds::default(), scaled.collect());
            let clipped = aggregate(aggregation, &bounds, updates.clone());
            for (clipped, plain) in clipped.iter().zip(&plain) {
                prop_assert!((clipped - plain).abs() <= 1e-3, "{clipped} {plain}");
            }
        }
    }

    #[test]
    fn the_order_of_arrival_changes_no_bit(updates in updates(), seed in any::<u64>()) {
        let mut shuffled = updates.clone();
        for i in (1..shuffled.len()).rev() {
            shuffled.swap(i, (seed.rotate_left(i as u32) % (i as u64 + 1)) as usize);
        }
        let bounds = UpdateBounds { norm_clip: Some(700.0), ..UpdateBounds::default() };
        for aggregation in ALL {
            let (one, other) = (updates.clone(), shuffled.clone());
            prop_assert_eq!(aggregate(aggregation, &bounds, one), aggregate(aggregation, &bounds, other));
        }
    }
}

#[test]
fn one_liar_moves_the_mean_and_not_the_others() {
    let honest = [1.0, 1.1, 0.9, 1.2, 0.8, 1.05];
    for lie in [-1e6, 1e6, 100.0, -100.0] {
        let values: Vec<f32> = honest.into_iter().chain([lie]).collect();
        let bounds = UpdateBounds::default();
        let of = |aggregation| aggregate(aggregation, &bounds, sites(&values))[0];
        assert!(of(UNIFORM).abs() > 10.0);
        assert!((0.8..=1.2).contains(&of(MEDIAN)) && (0.8..=1.2).contains(&of(TRIMMED)));
        let clip = UpdateBounds { norm_clip: Some(1.0), ..bounds.clone() };
        assert!((aggregate(UNIFORM, &clip, sites(&values))[0] - 1.0).abs() < 0.35);
    }
}

#[test]
fn overstated_samples_count_up_to_the_limit() {
    let mut updates = sites(&[0.0, 1.0]);
    updates[1].2 = u32::MAX;
    let bounds = UpdateBounds { samples_max: 3, ..UpdateBounds::default() };
    assert_eq!(aggregate(MEAN, &bounds, updates), [0.75]);
}

#[test]
fn shares_are_cut_in_whole_updates_and_one_stays() {
    let cuts: Vec<_> = (1..=11).map(|n| share(n, 20)).collect();
    assert_eq!(cuts, [0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 3]);
    assert_eq!((share(3, 49), share(100, 49), share(1000, 1)), (1, 49, 10));
    assert_eq!([1, 2, 3, 4, 5].map(most), [0, 0, 1, 1, 2]);
}

#[test]
fn a_model_of_many_blocks_is_put_together_in_order() {
    // Three updates of these parameters take more than one block.
    let parameters = 1_000_003;
    let at = |i: usize, update: usize| (i % 977) as f32 + update as f32;
    let mut aggregator = aggregator(MEDIAN, UpdateBounds::default(), parameters);
    for (number, update) in [2, 0, 1].into_iter().enumerate() {
        let values: Vec<f32> = (0..parameters).map(|i| at(i, update)).collect();
        aggregator.add(id(number as u8), &values, 1).unwrap();
    }
    let median = aggregator.finish().unwrap();
    assert_eq!(median.len(), parameters);
    assert!(median.iter().enumerate().all(|(i, value)| *value == f64::from(at(i, 1))));
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    for aggregation in ALL {
        let mut sum = aggregator(aggregation, UpdateBounds::default(), 2);
        sum.add(id(7), &[1.0, 2.0], 3).unwrap();
        assert!(matches!(sum.add(id(7), &[1.0, 2.0], 3), Err(AggregateError::Order(_))));
        assert!(matches!(sum.add(id(8), &[1.0], 3), Err(AggregateError::Length { .. })));
        assert_eq!(sum.finish().unwrap(), [1.0, 2.0]);
        let empty = aggregator(aggregation, UpdateBounds::default(), 2).finish();
        assert!(matches!(empty, Err(AggregateError::Empty)));
    }
}

#[test]
fn a_scratch_file_that_fails_is_told() {
    let full = || Err(std::io::Error::from(std::io::ErrorKind::StorageFull));
    let made = Aggregator::<Cursor<Vec<u8>>>::new(MEDIAN, UpdateBounds::default(), 1, full);
    assert!(matches!(made, Err(AggregateError::Scratch(_))));
    // A scratch file with room for one update.
    let mut room = [0; 4];
    let scratch = Cursor::new(&mut room[..]);
    let mut aggregator = Aggregator::new(MEDIAN, UpdateBounds::default(), 1, || Ok(scratch)).unwrap();
    aggregator.add(id(1), &[1.0], 1).unwrap();
    assert!(matches!(aggregator.add(id(2), &[1.0], 1), Err(AggregateError::Scratch(_))));
}

#[test]
fn the_norm_is_finite_for_the_largest_values() {
    assert_eq!(norm(&[3.0, 0.0, 4.0]), 5.0);
    assert_eq!(norm(&[]), 0.0);
    assert_eq!(norm(&vec![2.0; 100]), 20.0);
    assert!(norm(&vec![f32::MAX; 1000]).is_finite());
}
