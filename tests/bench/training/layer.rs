//! One bidirectional LSTM forwards and backwards: ours against `burn::nn::BiLstm` with burn's automatic differentiation, on
//! the same device with the same weights and inputs, in turns.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use burn::nn::{BiLstm as BurnLstm, BiLstmConfig, GateController, Linear, Lstm};
use burn::tensor::{Device, Tensor, TensorData};
use fedner_kernels::{BiLstm, LstmActivations, LstmInput, PackedSentences};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Sentences, tokens of each, values of a token, cells a direction.
const SIZES: [usize; 4] = [16, 32, 64, 64];
/// Steps before the first measurement, and in one turn of each side.
const WARM_UP: usize = 3;
const OUR_STEPS: usize = 100;
const BURN_STEPS: usize = 20;
/// Largest difference of an output or a gradient by the input.
const TOLERANCE: f32 = 1e-4;

/// Steps a second of each side, one figure a repeat: ours, burn's.
pub fn compare(repeats: usize, seed: u64) -> Result<[Vec<f64>; 2]> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let [sentences, length, inputs, hidden] = SIZES;
    let mut draw =
        |width: usize| -> Vec<f32> { (0..sentences * length * width).map(|_| rng.random_range(-1.0..1.0)).collect() };
    let (input, d_out) = (draw(inputs), draw(2 * hidden));
    let burn_lstm = BiLstmConfig::new(inputs, hidden, true).init(&Device::flex().autodiff());
    let mut our_lstm = OurLstm::new(parameters(&burn_lstm)?, &input, &d_out);
    let input = TensorData::new(input, [sentences, length, inputs]);
    let d_out = TensorData::new(d_out, [sentences, length, 2 * hidden]);
    for _ in 0..WARM_UP {
        let (out, d_input) = our_lstm.step();
        let theirs = burn_step(&burn_lstm, &input, &d_out)?;
        check("output", &our_lstm.tokens(out, 2 * hidden), &theirs.0)?;
        check("gradient by the input", &our_lstm.tokens(d_input, inputs), &theirs.1)?;
    }
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for _ in 0..repeats {
        let start = Instant::now();
        for _ in 0..OUR_STEPS {
            std::hint::black_box(our_lstm.step());
        }
        ours.push(OUR_STEPS as f64 / start.elapsed().as_secs_f64());
        let start = Instant::now();
        for _ in 0..BURN_STEPS {
            std::hint::black_box(burn_step(&burn_lstm, &input, &d_out)?);
        }
        others.push(BURN_STEPS as f64 / start.elapsed().as_secs_f64());
    }
    Ok([ours, others])
}

/// Our layer, and the buffers that it reads and writes.
struct OurLstm {
    lstm: BiLstm,
    sentences: PackedSentences,
    values: Vec<f32>,
    input: Vec<f32>,
    d_out: Vec<f32>,
    saved: LstmActivations,
    out: Vec<f32>,
}

impl OurLstm {
    fn new(values: Vec<f32>, input: &[f32], d_out: &[f32]) -> Self {
        let [sentences, length, inputs, hidden] = SIZES;
        let packed = PackedSentences::new(&vec![length; sentences]);
        let spread = |values: &[f32], width: usize| {
            let mut rows = vec![0.0; packed.rows() * width];
            for (sentence, values) in packed.token_rows().zip(values.chunks(length * width)) {
                rows[sentence.start * width..sentence.end * width].copy_from_slice(values);
            }
            rows
        };
        let (input, d_out) = (spread(input, inputs), spread(d_out, 2 * hidden));
        let lstm = BiLstm { inputs, hidden };
        Self { lstm, sentences: packed, values, input, d_out, saved: LstmActivations::default(), out: Vec::new() }
    }

    /// The output and the gradient by the input; that by the parameters is computed as well.
    fn step(&mut self) -> (Vec<f32>, Vec<f32>) {
        let (parameters, sentences) = (self.values.as_slice(), &self.sentences);
        let input = LstmInput { parameters, input: &self.input, dropout: None, sentences };
        self.lstm.forward(&input, &mut self.out, &mut self.saved);
        let (mut gradient, mut d_input) = (vec![0.0; self.values.len()], vec![0.0; self.input.len()]);
        self.lstm.backward(&input, &self.d_out, &mut self.saved, &mut gradient, &mut d_input);
        std::hint::black_box(gradient);
        (self.out.clone(), d_input)
    }

    /// The tokens' rows alone.
    fn tokens(&self, rows: Vec<f32>, width: usize) -> Vec<f32> {
        self.sentences
            .token_rows()
            .flat_map(|sentence| rows[sentence.start * width..sentence.end * width].to_vec())
            .collect()
    }
}

fn burn_step(lstm: &BurnLstm, input: &TensorData, d_out: &TensorData) -> Result<(Vec<f32>, Vec<f32>)> {
    let device = Device::flex().autodiff();
    let input = Tensor::<3>::from_data(input.clone(), &device).require_grad();
    let (out, _) = lstm.forward(input.clone(), None);
    let gradients = out.clone().mul(Tensor::from_data(d_out.clone(), &device)).sum().backward();
    let d_input = input.grad(&gradients).context("burn gave no gradient by the input")?;
    Ok((values(out.inner().into_data())?, values(d_input.into_data())?))
}

/// burn's weights in our layer's order. Its two biases of a gate are one here.
fn parameters(lstm: &BurnLstm) -> Result<Vec<f32>> {
    let [_, _, inputs, hidden] = SIZES;
    let directions = [gates(&lstm.forward)?, gates(&lstm.reverse)?];
    let weight = |linear: &Linear| values(linear.weight.val().into_data());
    let of = |part: fn(&GateController) -> &Linear| -> Result<Vec<Vec<f32>>> {
        directions.iter().flatten().map(|gate| weight(part(gate))).collect()
    };
    let rows = |matrices: &[Vec<f32>], count: usize| -> Vec<f32> {
        (0..count)
            .flat_map(|row| matrices.iter().flat_map(move |m| m[row * hidden..(row + 1) * hidden].to_vec()))
            .collect()
    };
    let recurrent = of(|gate| &gate.hidden_transform)?;
    let mut all = rows(&of(|gate| &gate.input_transform)?, inputs);
    all.extend(rows(&recurrent[..4], hidden));
    all.extend(rows(&recurrent[4..], hidden));
    for gate in directions.iter().flatten() {
        let bias = |linear: &Linear| -> Result<Vec<f32>> {
            values(linear.bias.as_ref().context("burn's layer has no bias")?.val().into_data())
        };
        let (input, hidden) = (bias(&gate.input_transform)?, bias(&gate.hidden_transform)?);
        all.extend(input.iter().zip(hidden).map(|(a, b)| a + b));
    }
    Ok(all)
}

/// Forget, input, output, candidate.
fn gates(lstm: &Lstm) -> Result<[&GateController; 4]> {
    let forget = lstm.forget_gate.as_ref().context("burn's layer has no forget gate")?;
    Ok([forget, &lstm.input_gate, &lstm.output_gate, &lstm.cell_gate])
}

fn values(data: TensorData) -> Result<Vec<f32>> {
    data.try_into_vec::<f32>().map_err(|error| anyhow::anyhow!("{error:?}"))
}

fn check(what: &str, ours: &[f32], others: &[f32]) -> Result<()> {
    let apart = ours.iter().zip(others).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    if ours.len() != others.len() || apart > TOLERANCE {
        bail!("the {what} is not burn's: {apart} apart");
    }
    Ok(())
}
