use burn::tensor::{Device, Tensor};
use pollster::block_on;
use proptest::prelude::*;

use super::backend::{AdamWState, StepInput, adamw_step, batch_emissions, batch_gradient};
use super::reference::{self, BatchInput, NamedParameters};
use crate::{
    batch::{Batch, Example, dropout_masks},
    labels::{LabelSet, Tag},
    model::{Layout, Model, read, upload},
};
use fedner_kernels::AdamWStep;
use fedner_protocol::{Decoder, Digest, Feature, FeatureTable, ModelSpec, PretrainedEncoder, PrivateEncoder};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Sizes that are no multiple of anything (of two or three channels, normalisation leaves only their signs), sentences from one token, one label or several.
pub(super) fn cases() -> impl Strategy<Value = (ModelSpec, LabelSet, Vec<usize>, u64)> {
    let private = prop_oneof![
        Just(PrivateEncoder::None),
        (1usize..3).prop_map(|blocks| PrivateEncoder::Convolution { blocks }),
        (1usize..12).prop_map(|hidden| PrivateEncoder::Bilstm { hidden }),
    ];
    let widths = (1usize..9, 4usize..21, 0usize..3, private, 1usize..4, 0usize..6);
    (widths, 1usize..4, proptest::collection::vec(1usize..9, 1..6), any::<u64>()).prop_map(
        |((embedding_width, encoder_width, encoder_blocks, private_encoder, hashes, width), labels, lengths, seed)| {
            let tables = [(Feature::Form, 13), (Feature::Suffix3, 7)];
            let features = tables.map(|(feature, rows)| FeatureTable { feature, rows }).to_vec();
            let sizes =
                ModelSpec { embedding_width, encoder_width, encoder_blocks, private_encoder, ..ModelSpec::small() };
            let labels = LabelSet::new((0..labels).map(|i| format!("L{i}")).collect()).unwrap();
            let pack = Digest::of(b"");
            let pretrained = (width > 0).then_some(PretrainedEncoder { pack, width });
            (ModelSpec { features, hashes, pretrained, ..sizes }, labels, lengths, seed)
        },
    )
}

pub(super) fn random_batch(spec: &ModelSpec, labels: &LabelSet, lengths: &[usize], rng: &mut impl Rng) -> Batch {
    let (per_token, last) = (spec.features.len() * spec.hashes, labels.types().len() - 1);
    let examples = lengths.iter().map(|length| Example {
        rows: (0..length * per_token).map(|_| rng.random_range(0..spec.rows_total() as i32)).collect(),
        // Every sequence of "outside" and beginnings is allowed.
        tags: (0..*length).map(|_| [Tag::OUTSIDE, Tag::begin(0), Tag::begin(last)][rng.random_range(0..3)]).collect(),
        vectors: (0..length * spec.vector_width()).map(|_| rng.random_range(-40..40)).collect(),
    });
    Batch::new(&examples.collect::<Vec<_>>(), per_token)
}

pub(super) fn random_model(spec: &ModelSpec, labels: &LabelSet, seed: u64, rng: &mut impl Rng) -> Model {
    let layout = Layout::new(spec, labels);
    let mut values = layout.manifest().draw(seed);
    values.extend(layout.draw_private(seed));
    values.iter_mut().for_each(|v| *v += rng.random_range(-0.3..0.3));
    Model::from_values(layout, values, &Device::flex()).unwrap()
}

/// Parameters, both moments and the loss on a device.
pub(super) fn adamw_state(values: [Vec<f32>; 4], device: &Device) -> AdamWState {
    let [parameters, first, second, loss] = values.map(|values| upload(values, device));
    AdamWState { parameters, first, second, loss }
}

/// The same in that order.
pub(super) fn tensors(state: AdamWState) -> [Tensor<1>; 4] {
    [state.parameters, state.first, state.second, state.loss]
}

pub(super) fn largest(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |largest, x| largest.max(x.abs()))
}

/// The largest difference, as a share of the largest value or of `least`.
pub(super) fn apart(a: &[f32], b: &[f32], least: f32) -> f32 {
    assert_eq!(a.len(), b.len());
    let scale = largest(b).max(least);
    a.iter().zip(b).map(|(a, b)| (a - b).abs() / scale).fold(0.0, |x, y| if y.is_nan() || y > x { y } else { x })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_operations_agree_with_the_plain_composition((spec, labels, lengths, seed) in cases(), dropped in any::<bool>()) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let model = random_model(&spec, &labels, seed, &mut rng);
        let batch = random_batch(&spec, &labels, &lengths, &mut rng);
        let dropout = dropped.then(|| dropout_masks(&spec, lengths.len(), 0.3, &mut rng));

        let plain = block_on(reference::gradient(&model, &batch, dropout.clone())).unwrap();
        let plain_loss = block_on(plain.read_loss()).unwrap();
        let (values, loss) = batch_gradient(&model, StepInput::new(model.layout(), batch.clone(), dropout));
        let loss: f64 = loss.into_data().iter::<f64>().sum();
        prop_assert!((loss - plain_loss).abs() < 1e-3 * plain_loss.abs().max(1.0), "{} and {}", loss, plain_loss);
        let (values, plain) = (block_on(read(values)).unwrap(), block_on(read(plain.values)).unwrap());
        // Where a tensor's gradient is next to nothing, so is what rounding makes of it: all of them share a scale.
        let least = 0.05 * largest(&plain);
        for (tensor, range) in model.layout().ranges() {
            let apart = apart(&values[range.clone()], &plain[range], least);
            prop_assert!(apart < 5e-3, "{}: {}", tensor.name, apart);
        }

        let input = BatchInput::new(&batch, &model.device());
        let plain = block_on(read(reference::emissions(model.layout(), &NamedParameters::of(&model), &input))).unwrap();
        let scores = batch_emissions(&model, StepInput::new(model.layout(), batch.clone(), None));
        let scores = block_on(read(scores)).unwrap();
        let tags = labels.tags();
        for (sentence, length) in lengths.iter().enumerate() {
            let start = sentence * batch.width * tags;
            let range = start..start + length * tags;
            prop_assert!(apart(&scores[range.clone()], &plain[range], 1e-3) < 1e-3);
        }
    }

    #[test]
    fn a_parameter_that_is_nan_is_not_hidden((spec, labels, lengths, seed) in cases(), place in any::<prop::sample::Index>()) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut model = random_model(&spec, &labels, seed, &mut rng);
        let batch = random_batch(&spec, &labels, &lengths, &mut rng);
        // Behind the table, of which a batch reads a few rows only, and before the CRF, whose scores may be unused.
        let layout = model.layout();
        let dense = layout.ranges().next().unwrap().1.end..layout.crf_range().start;
        let mut values = block_on(model.read()).unwrap();
        values[dense.start + place.index(dense.len())] = f32::NAN;
        model.set_values(crate::model::upload(values, &Device::flex()));
        let (_, loss) = batch_gradient(&model, StepInput::new(model.layout(), batch, None));
        let loss = loss.into_data().iter::<f64>().sum::<f64>();
        prop_assert!(!loss.is_finite(), "{} in spite of {}", loss, place.index(dense.len()));
    }

    #[test]
    fn the_optimiser_agrees_with_the_textbook(
        values in proptest::collection::vec((-2f32..2.0, -1f32..1.0, 0f32..1.0, -3f32..3.0), 1..50),
        cut in any::<prop::sample::Index>(),
    ) {
        let cut = cut.index(values.len());
        let step = AdamWStep {
            rate: 0.01, kept: 0.9, second_correction: 1.7, clip_norm: 2.0, betas: (0.9, 0.99), epsilon: 1e-8, decays: vec![0..0, cut..values.len()],
        };
        let column = |f: fn(&(f32, f32, f32, f32)) -> f32| values.iter().map(f).collect::<Vec<f32>>();
        let flat = |values: Vec<f32>| crate::model::upload(values, &Device::flex());
        let state = adamw_state([column(|v| v.0), column(|v| v.1), column(|v| v.2), vec![7.0]], &Device::flex());
        let held: Tensor<1> = state.parameters.clone();
        let moved = tensors(adamw_step(state, flat(column(|v| v.3)), step)).map(|t| t.into_data().iter::<f32>().collect::<Vec<_>>());
        let norm = values.iter().map(|v| f64::from(v.3).powi(2)).sum::<f64>().sqrt();
        let scale = (2.0 / (norm + 1e-6)).min(1.0);
        for (i, (p, m, v, g)) in values.iter().map(|v| (f64::from(v.0), f64::from(v.1), f64::from(v.2), f64::from(v.3))).enumerate() {
            let g = g * scale;
            let (m, v) = (0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g * g);
            let kept = if i >= cut { 0.9 } else { 1.0 };
            let p = p * kept - 0.01 * m / ((1.7 * v).sqrt() + 1e-8);
            for (expected, found) in [p, m, v].iter().zip(moved.iter().map(|t| f64::from(t[i]))) {
                prop_assert!((expected - found).abs() < 1e-4, "{} and {}", expected, found);
            }
        }
        prop_assert_eq!(&moved[3], &[7.0]);
        prop_assert_eq!(held.into_data().iter::<f32>().collect::<Vec<_>>(), column(|v| v.0), "who holds the old values keeps them");
    }
}

#[test]
fn with_a_softmax_the_scores_of_one_tag_after_another_are_never_moved() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let spec = ModelSpec { decoder: Decoder::Softmax, ..ModelSpec::small() };
    let labels = LabelSet::new(vec!["A".into(), "B".into()]).unwrap();
    let model = Model::draw(&spec, &labels, 3, &Device::flex());
    let batch = random_batch(&spec, &labels, &[7, 2], &mut rng);
    let (values, loss) = batch_gradient(&model, StepInput::new(model.layout(), batch.clone(), None));
    let values = values.into_data().iter::<f32>().collect::<Vec<_>>();
    let (before, crf) = values.split_at(model.layout().crf_range().start);
    assert!(crf.iter().all(|d| *d == 0.0) && largest(before) > 0.0);
    // Of tags that are all as likely, a token's loss is the logarithm of their number; a CRF's sequences are fewer.
    let zeros = Model::from_values(model.layout().clone(), vec![0.0; values.len()], &Device::flex()).unwrap();
    let (_, even) = batch_gradient(&zeros, StepInput::new(zeros.layout(), batch, None));
    let [loss, even] = [loss, even].map(|loss| loss.into_data().iter::<f64>().sum::<f64>());
    assert!((even - 4.5 * 5f64.ln()).abs() < 1e-5 && loss > 0.0, "{even}");
}

#[test]
fn a_step_whose_gradient_or_loss_is_not_finite_moves_nothing() {
    nothing_moves(&Device::flex());
}

/// Takes steps that must change nothing, and one that must.
pub(super) fn nothing_moves(device: &Device) {
    const COUNT: usize = 5000;
    let step = AdamWStep {
        rate: 0.1,
        kept: 0.9,
        second_correction: 1.0,
        clip_norm: 1.0,
        betas: (0.9, 0.99),
        epsilon: 1e-8,
        decays: vec![0..0, 0..COUNT / 2],
    };
    let cases = [
        (1.0, f32::NAN, 3),
        (1.0, f32::INFINITY, 4999),
        (1.0, -f32::INFINITY, 0),
        (f32::NAN, 1.0, 3),
        (f32::INFINITY, 1.0, 3),
        (1.0, 1.0, 3),
    ];
    for (loss, element, at) in cases {
        let mut gradient = vec![0.01; COUNT];
        gradient[at] = element;
        let all = |value: f32| vec![value; COUNT];
        let state = adamw_state([all(2.0), all(0.5), all(0.25), vec![loss]], device);
        let moved = tensors(adamw_step(state, upload(gradient, device), step.clone()));
        let [values, first, second, loss_after] = moved.map(|t| t.into_data().iter::<f32>().collect::<Vec<_>>());
        let moved = [(values, 2.0), (first, 0.5), (second, 0.25)].map(|(now, before)| now.iter().any(|x| *x != before));
        let well = loss.is_finite() && element.is_finite();
        assert_eq!((moved, loss_after[0].is_finite()), ([well; 3], well), "loss {loss}, gradient {element}");
    }
}
