use proptest::prelude::*;

use super::*;

/// Sizes that are no multiple of anything, from one of each; sentences of different lengths.
#[derive(Debug, Clone)]
struct Case {
    lstm: BiLstm,
    lengths: Vec<usize>,
    parameters: Vec<f64>,
    input: Vec<f64>,
    mask: Option<Vec<f32>>,
    d_out: Vec<f64>,
}

fn cases() -> impl Strategy<Value = Case> {
    let sizes = (1usize..7, 1usize..11, proptest::collection::vec(1usize..8, 1..7), any::<bool>());
    sizes.prop_flat_map(|(inputs, hidden, lengths, dropped)| {
        let lstm = BiLstm { inputs, hidden };
        let tokens: usize = lengths.iter().sum();
        let values = |len: usize, most: f64| proptest::collection::vec(-most..most, len);
        let mask = proptest::collection::vec(prop::sample::select(vec![0.0f32, 1.25]), lengths.len() * lstm.outputs());
        let parts =
            (values(lstm.parameters(), 1.0), values(tokens * inputs, 2.0), values(tokens * lstm.outputs(), 1.0));
        (parts, mask).prop_map(move |((parameters, input, d_out), mask)| Case {
            lstm,
            lengths: lengths.clone(),
            parameters,
            input,
            mask: dropped.then_some(mask),
            d_out,
        })
    })
}

/// Token after token, cell after cell: `[tokens, 2 · hidden]` from `[tokens, inputs]`, without empty rows.
fn reference(case: &Case, parameters: &[f64], input: &[f64]) -> Vec<f64> {
    let BiLstm { inputs, hidden } = case.lstm;
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let bias = parameters.len() - 8 * hidden;
    let mut out = vec![0.0; input.len() / inputs * 2 * hidden];
    for direction in 0..2 {
        let recurrent = inputs * 8 * hidden + direction * hidden * 4 * hidden;
        let mut first = 0;
        for (sentence, length) in case.lengths.iter().enumerate() {
            let (mut state, mut cells) = (vec![0.0; hidden], vec![0.0; hidden]);
            for step in 0..*length {
                let token = first + if direction == 0 { step } else { length - 1 - step };
                let sum = |gate: usize, cell: usize| {
                    let column = gate * hidden + cell;
                    let both = direction * 4 * hidden + column;
                    let from_input: f64 =
                        (0..inputs).map(|k| input[token * inputs + k] * parameters[k * 8 * hidden + both]).sum();
                    let from_state: f64 =
                        (0..hidden).map(|k| state[k] * parameters[recurrent + k * 4 * hidden + column]).sum();
                    from_input + from_state + parameters[bias + both]
                };
                let mut next = vec![0.0; hidden];
                for cell in 0..hidden {
                    let added = sigmoid(sum(1, cell)) * sum(3, cell).tanh();
                    cells[cell] = sigmoid(sum(0, cell)) * cells[cell] + added;
                    next[cell] = sigmoid(sum(2, cell)) * cells[cell].tanh();
                    let place = direction * hidden + cell;
                    let mask = case.mask.as_ref().map_or(1.0, |mask| f64::from(mask[sentence * 2 * hidden + place]));
                    out[token * 2 * hidden + place] = next[cell] * mask;
                }
                state = next;
            }
            first += length;
        }
    }
    out
}

/// What the gradients are taken of.
fn objective(case: &Case, parameters: &[f64], input: &[f64]) -> f64 {
    reference(case, parameters, input).iter().zip(&case.d_out).map(|(out, d)| out * d).sum()
}

/// Central differences of the reference by one of its arguments' elements.
fn difference(values: &[f64], at: usize, objective: impl Fn(&[f64]) -> f64) -> f64 {
    let step = 1e-5;
    let moved = |by: f64| {
        let mut values = values.to_vec();
        values[at] += by;
        objective(&values)
    };
    (moved(step) - moved(-step)) / (2.0 * step)
}

/// Rows of tokens with the empty ones among them.
fn spread(values: &[f64], columns: usize, sentences: &PackedSentences) -> Vec<f32> {
    let mut rows = vec![0.0; sentences.rows() * columns];
    let places = sentences.token_rows().flatten().flat_map(|row| row * columns..(row + 1) * columns);
    places.zip(values).for_each(|(place, value)| rows[place] = *value as f32);
    rows
}

fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|value| *value as f32).collect()
}

/// What another batch has left full of NaN.
fn poisoned() -> LstmActivations {
    let nans = || vec![f32::NAN; 3000];
    let time_step = TimeStep::poisoned(3000);
    LstmActivations { gates: nans(), states: nans(), cells: nans(), cells_tanh: nans(), time_step }
}

fn close(found: &[f32], expected: &[f32]) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.len(), expected.len());
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        prop_assert!((found - expected).abs() < 2e-4 * expected.abs().max(1.0), "{}: {} and {}", at, found, expected);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_layer_and_its_gradients_are_those_of_the_definition(case in cases()) {
        let (lstm, sentences) = (case.lstm, PackedSentences::new(&case.lengths));
        let (values, input) = (narrow(&case.parameters), spread(&case.input, lstm.inputs, &sentences));
        let dropout = case.mask.as_ref().map(|masks| DropoutMasks { masks, stride: lstm.outputs() });
        let (mut saved, mut out) = (poisoned(), vec![f32::NAN; 3000]);
        let lstm_input = LstmInput { parameters: &values, input: &input, dropout, sentences: &sentences };
        lstm.forward(&lstm_input, &mut out, &mut saved);
        let expected = reference(&case, &case.parameters, &case.input);
        close(&out, &spread(&expected, lstm.outputs(), &sentences))?;

        let d_out = spread(&case.d_out, lstm.outputs(), &sentences);
        let (mut gradient, mut d_input) = (vec![0.5; values.len()], vec![f32::NAN; input.len()]);
        lstm.backward(&lstm_input, &d_out, &mut saved, &mut gradient, &mut d_input);
        let by_parameters = (0..values.len())
            .map(|at| difference(&case.parameters, at, |moved| objective(&case, moved, &case.input)));
        close(&gradient, &by_parameters.map(|d| d as f32 + 0.5).collect::<Vec<_>>())?;
        let by_input = (0..case.input.len())
            .map(|at| difference(&case.input, at, |moved| objective(&case, &case.parameters, moved)));
        close(&d_input, &spread(&by_input.collect::<Vec<_>>(), lstm.inputs, &sentences))?;
    }
}

#[test]
fn a_batch_of_nothing_has_no_output_and_no_gradient() {
    let lstm = BiLstm { inputs: 2, hidden: 3 };
    let (sentences, values) = (PackedSentences::new(&[]), vec![1.0; lstm.parameters()]);
    let (mut saved, mut out) = (LstmActivations::default(), Vec::new());
    let input = LstmInput { parameters: &values, input: &[0.0; 2], dropout: None, sentences: &sentences };
    lstm.forward(&input, &mut out, &mut saved);
    assert_eq!(out, [0.0; 6]);
    let (mut gradient, mut d_input) = (vec![0.0; values.len()], vec![f32::NAN; 2]);
    lstm.backward(&input, &out, &mut saved, &mut gradient, &mut d_input);
    assert!(gradient.iter().chain(&d_input).all(|d| *d == 0.0));
}

#[test]
fn large_sums_saturate_and_stay_numbers() {
    let lstm = BiLstm { inputs: 1, hidden: 2 };
    let sentences = PackedSentences::new(&[3]);
    let values = vec![1e6; lstm.parameters()];
    let (mut saved, mut out) = (LstmActivations::default(), Vec::new());
    let input =
        LstmInput { parameters: &values, input: &[0.0, 1e6, -1e6, 1e6, 0.0], dropout: None, sentences: &sentences };
    lstm.forward(&input, &mut out, &mut saved);
    assert!(out.iter().all(|x| x.abs() <= 1.0), "{out:?}");
    let (mut gradient, mut d_input) = (vec![0.0; values.len()], vec![0.0; 5]);
    lstm.backward(&input, &[1.0; 20], &mut saved, &mut gradient, &mut d_input);
    assert!(gradient.iter().chain(&d_input).all(|d| d.is_finite()));
}
