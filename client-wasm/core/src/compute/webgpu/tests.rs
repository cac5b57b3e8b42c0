//! The kernels against those of the CPU. They want an adapter: a GPU, or Mesa's software one
//! (`apt-get install mesa-vulkan-drivers`), and run with
//! `cargo test --package fedner-core --features webgpu --lib compute::webgpu`. In CI the browser's tests compare them.

use burn::tensor::{Device, DeviceKind, Tensor};
use fedner_protocol::{ModelSpec, PrivateEncoder};
use pollster::block_on;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::super::backend::{AdamWState, adamw_step, batch_emissions, batch_gradient};
use super::super::tests::{adamw_state, apart, cases, largest, nothing_moves, random_batch, random_model, tensors};
use super::*;
use crate::{
    batch::dropout_masks,
    labels::{LabelSet, Tag},
    model::{Model, read, upload},
};

/// The most launches of a training step with the default model.
const LAUNCHES_MAX: u64 = 40;

fn gpu() -> Device {
    Device::wgpu(DeviceKind::DefaultDevice)
}

/// The same model on the GPU.
fn moved(model: &Model) -> Model {
    Model::from_values(model.layout().clone(), block_on(model.read()).unwrap(), &gpu()).unwrap()
}

/// Gradients and losses of a batch on the CPU and on the GPU.
fn both(model: &Model, batch: &Batch, dropout: Option<Vec<f32>>) -> [(Vec<f32>, f64); 2] {
    let moved = moved(model);
    [model, &moved].map(|model| {
        let input = StepInput::new(model.layout(), batch.clone(), dropout.clone());
        let (values, loss) = batch_gradient(model, input);
        (block_on(read(values)).unwrap(), loss.into_data().iter::<f64>().sum())
    })
}

fn check(model: &Model, batch: &Batch, dropout: Option<Vec<f32>>) {
    let [(plain, plain_loss), (values, loss)] = both(model, batch, dropout);
    assert!((loss - plain_loss).abs() < 1e-4 * plain_loss.abs().max(1.0), "{loss} and {plain_loss}");
    let least = 0.05 * largest(&plain);
    for (tensor, range) in model.layout().ranges() {
        let apart = apart(&values[range.clone()], &plain[range], least);
        assert!(apart < 2e-3, "{}: {apart}", tensor.name);
    }
    let [plain, scores] = [model, &moved(model)].map(|model| {
        let input = StepInput::new(model.layout(), batch.clone(), None);
        block_on(read(batch_emissions(model, input))).unwrap()
    });
    assert!(apart(&scores, &plain, 1e-3) < 1e-3, "{scores:?} and {plain:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn the_kernels_agree_with_those_of_the_cpu((spec, labels, lengths, seed) in cases(), dropped in any::<bool>()) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let model = random_model(&spec, &labels, seed, &mut rng);
        let batch = random_batch(&spec, &labels, &lengths, &mut rng);
        let dropout = dropped.then(|| dropout_masks(&spec, lengths.len(), 0.3, &mut rng));
        check(&model, &batch, dropout);
    }

    #[test]
    fn the_optimisers_agree(values in proptest::collection::vec((-2f32..2.0, -1f32..1.0, 0f32..1.0, -3f32..3.0), 1..700), cut in any::<prop::sample::Index>()) {
        let cut = cut.index(values.len());
        let step = AdamWStep {
            rate: 0.01, kept: 0.9, second_correction: 1.7, clip_norm: 2.0, betas: (0.9, 0.99), epsilon: 1e-8, decays: vec![0..0, cut..values.len()],
        };
        let column = |f: fn(&(f32, f32, f32, f32)) -> f32| values.iter().map(f).collect::<Vec<f32>>();
        let [cpu, gpu] = [Device::flex(), gpu()].map(|device| {
            let state = adamw_state([column(|v| v.0), column(|v| v.1), column(|v| v.2), vec![7.0]], &device);
            let held: Tensor<1> = state.parameters.clone();
            let moved = adamw_step(state, upload(column(|v| v.3), &device), step.clone());
            let moved = tensors(moved).map(|t| t.into_data().iter::<f32>().collect::<Vec<_>>());
            assert_eq!(block_on(read(held)).unwrap(), column(|v| v.0), "who holds the old values keeps them");
            moved.concat()
        });
        prop_assert!(apart(&gpu, &cpu, 1.0) < 1e-5);
    }
}

#[test]
fn wide_layers_many_tags_and_long_sentences_agree() {
    for (width, labels, length) in [(256, 2, 40), (130, 1, 3), (96, 64, 20), (33, 5, 128)] {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let spec = ModelSpec { encoder_width: width, ..ModelSpec::small() };
        let labels = LabelSet::new((0..labels).map(|i| format!("L{i}")).collect()).unwrap();
        let model = random_model(&spec, &labels, 3, &mut rng);
        let batch = random_batch(&spec, &labels, &[length, 1, length / 2 + 1], &mut rng);
        let dropout = dropout_masks(&spec, 3, 0.3, &mut rng);
        check(&model, &batch, Some(dropout));
    }
}

#[test]
fn scores_far_apart_agree() {
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let (spec, labels) = (ModelSpec::small(), LabelSet::new(vec!["A".into(), "B".into()]).unwrap());
    let mut model = random_model(&spec, &labels, 3, &mut rng);
    model.set_values(model.values().clone().mul_scalar(12.0));
    let batch = random_batch(&spec, &labels, &[9, 30], &mut rng);
    check(&model, &batch, None);
}

#[test]
fn a_parameter_that_is_no_number_is_not_hidden() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let (spec, labels) = (ModelSpec::small(), LabelSet::new(vec!["A".into()]).unwrap());
    let model = random_model(&spec, &labels, 3, &mut rng);
    let batch = random_batch(&spec, &labels, &[9, 30], &mut rng);
    let dense = model.layout().ranges().next().unwrap().1.end..model.layout().crf_range().start;
    for _ in 0..20 {
        let mut values = block_on(model.read()).unwrap();
        values[rng.random_range(dense.clone())] = f32::NAN;
        let spoilt = Model::from_values(model.layout().clone(), values, &gpu()).unwrap();
        let (_, loss) = batch_gradient(&spoilt, StepInput::new(spoilt.layout(), batch.clone(), None));
        let loss = block_on(read(loss)).unwrap()[0];
        assert!(!loss.is_finite(), "{loss}");
    }
}

#[test]
fn a_step_whose_gradient_or_loss_is_no_number_moves_nothing() {
    nothing_moves(&gpu());
}

#[test]
fn a_step_takes_as_many_launches_for_long_sentences_as_for_short_ones() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let (spec, labels) = (ModelSpec::default(), LabelSet::new(vec!["A".into(), "B".into()]).unwrap());
    let model = moved(&random_model(&spec, &labels, 3, &mut rng));
    let counts = [vec![1; 2], vec![7, 100, 128]].map(|lengths| {
        let batch = random_batch(&spec, &labels, &lengths, &mut rng);
        let dropout = dropout_masks(&spec, lengths.len(), 0.25, &mut rng);
        let before = launches();
        let (gradient, loss) = batch_gradient(&model, StepInput::new(model.layout(), batch, Some(dropout)));
        let zeros = || Tensor::zeros([model.layout().parameters()], &gpu());
        let step = AdamWStep {
            rate: 1e-3,
            kept: 1.0,
            second_correction: 1.0,
            clip_norm: 5.0,
            betas: (0.9, 0.999),
            epsilon: 1e-8,
            decays: model.layout().decaying(),
        };
        let state = AdamWState { parameters: model.values().clone(), first: zeros(), second: zeros(), loss };
        adamw_step(state, gradient, step);
        launches() - before
    });
    println!("{} launches a step", counts[0]);
    assert_eq!(counts[0], counts[1]);
    assert!(counts[0] <= LAUNCHES_MAX, "{} launches", counts[0]);
}

#[test]
fn what_is_too_large_is_left_to_the_cpu() {
    let labels = LabelSet::new(vec!["A".into()]).unwrap();
    let spec = ModelSpec { encoder_width: CHANNELS_MAX + 1, ..ModelSpec::small() };
    let batch =
        |rows| Batch { width: rows, lengths: vec![rows], rows: Vec::new(), tags: vec![vec![Tag::OUTSIDE; rows]] };
    let takes = |spec: &ModelSpec, rows| can_compute(&Layout::new(spec, &labels), &batch(rows));
    assert!(takes(&ModelSpec::default(), 2000) && !takes(&spec, 3));
    assert!(!takes(&ModelSpec::default(), 20_000));
    let lstm = |hidden| ModelSpec { private_encoder: PrivateEncoder::Bilstm { hidden }, ..ModelSpec::small() };
    assert!(takes(&lstm(CELLS_MAX), 3) && !takes(&lstm(CELLS_MAX + 1), 3));
}

#[test]
fn an_lstm_of_the_usual_size_and_a_wide_one_agree() {
    for (hidden, length) in [(64, 33), (129, 5), (CELLS_MAX, 2)] {
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        let private_encoder = PrivateEncoder::Bilstm { hidden };
        let spec = ModelSpec { encoder_blocks: 1, private_encoder, ..ModelSpec::small() };
        let labels = LabelSet::new(vec!["A".into(), "B".into()]).unwrap();
        let model = random_model(&spec, &labels, 3, &mut rng);
        let batch = random_batch(&spec, &labels, &[1, length, length / 2 + 1], &mut rng);
        let dropout = dropout_masks(&spec, 3, 0.3, &mut rng);
        check(&model, &batch, Some(dropout));
    }
}
