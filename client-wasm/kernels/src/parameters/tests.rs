//! A layout is looked up by name, and what is wrong with it is named.

use super::*;

/// Of a model with one block and an LSTM.
const SIZES: ModelSizes = ModelSizes {
    features: 2,
    hashes: 3,
    embedding_rows: 7,
    embedding: 4,
    vectors: 0,
    channels: 5,
    blocks: 1,
    lstm: Some(6),
    tags: 3,
};

fn names() -> ParameterNames {
    let own = |name: &str| name.to_owned();
    let dense = |prefix: &str| DenseNames {
        weight: format!("{prefix}.weight"),
        bias: format!("{prefix}.bias"),
        gamma: format!("{prefix}.gamma"),
        beta: format!("{prefix}.beta"),
    };
    ParameterNames {
        embedding: own("table"),
        dense: vec![dense("input"), dense("block")],
        lstm: Some(LstmNames {
            input_weight: own("lstm.input"),
            forward_recurrent_weight: own("lstm.forward"),
            reverse_recurrent_weight: own("lstm.reverse"),
            forward_forget_bias: own("lstm.forward.forget"),
            forward_bias: own("lstm.forward.others"),
            reverse_forget_bias: own("lstm.reverse.forget"),
            reverse_bias: own("lstm.reverse.others"),
        }),
        output: OutputNames { weight: own("output.weight"), bias: own("output.bias") },
        crf: CrfNames { start: own("crf.start"), transitions: own("crf.transitions"), end: own("crf.end") },
    }
}

/// The tensors of such a model, in an order of their own: the layers' order doesn't matter.
fn tensors() -> Vec<(&'static str, Vec<usize>)> {
    vec![
        ("output.weight", vec![12, 3]),
        ("output.bias", vec![3]),
        ("lstm.input", vec![5, 48]),
        ("lstm.forward", vec![6, 24]),
        ("lstm.reverse", vec![6, 24]),
        ("lstm.forward.forget", vec![6]),
        ("lstm.forward.others", vec![18]),
        ("lstm.reverse.forget", vec![6]),
        ("lstm.reverse.others", vec![18]),
        ("block.weight", vec![15, 5]),
        ("block.bias", vec![5]),
        ("block.gamma", vec![5]),
        ("block.beta", vec![5]),
        ("table", vec![7, 4]),
        ("crf.start", vec![3]),
        ("crf.transitions", vec![3, 3]),
        ("crf.end", vec![3]),
        ("input.weight", vec![8, 5]),
        ("input.bias", vec![5]),
        ("input.gamma", vec![5]),
        ("input.beta", vec![5]),
    ]
}

fn layout(tensors: &[(&str, Vec<usize>)]) -> Result<ParameterLayout, LayoutError> {
    ParameterLayout::new(SIZES, &names(), tensors.iter().map(|(name, shape)| NamedTensor { name, shape }))
}

/// Where a tensor is in the list.
fn at(tensors: &[(&str, Vec<usize>)], name: &str) -> usize {
    tensors.iter().position(|(other, _)| *other == name).unwrap()
}

#[test]
fn every_layer_finds_its_tensors_by_name_wherever_they_lie() {
    let (layout, tensors) = (layout(&tensors()).unwrap(), tensors());
    let start = |name: &str| {
        tensors[..at(&tensors, name)].iter().map(|(_, shape)| shape.iter().product::<usize>()).sum::<usize>()
    };
    assert_eq!(layout.embedding(), start("table")..start("crf.start"));
    assert_eq!(layout.dense(), [start("input.weight")..layout.parameters(), start("block.weight")..start("table")]);
    assert_eq!(layout.lstm(), start("lstm.input")..start("block.weight"));
    assert_eq!(layout.lstm().len(), SIZES.bilstm().unwrap().parameters());
    assert_eq!(layout.output(), 0..start("lstm.input"));
    assert_eq!((layout.output_weight(), layout.output_bias()), (0..36, 36..39));
    assert_eq!(layout.crf(), start("crf.start")..start("input.weight"));
}

#[test]
fn a_wrong_layout_names_the_tensor() {
    for at in 0..tensors().len() {
        let name = || tensors()[at].0.to_owned();
        let mut missing = tensors();
        missing.remove(at);
        assert_eq!(layout(&missing), Err(LayoutError::Missing { name: name() }));
        let mut longer = tensors();
        longer[at].1[0] += 1;
        let (expected, found) = (tensors()[at].1.clone(), longer[at].1.clone());
        assert_eq!(layout(&longer), Err(LayoutError::Shape { name: name(), expected, found }));
        let mut twice = tensors();
        twice.push(tensors()[at].clone());
        assert_eq!(layout(&twice), Err(LayoutError::Repeated { name: name() }));
    }
    let mut more = tensors();
    more.push(("projection.weight", vec![2]));
    let error = layout(&more).unwrap_err();
    assert_eq!(error.to_string(), "no layer of the model reads the tensor \"projection.weight\"");
    let mut apart = tensors();
    let (bias, gamma) = (at(&apart, "block.bias"), at(&apart, "block.gamma"));
    apart.swap(bias, gamma);
    let (name, previous) = ("block.bias".to_owned(), "block.weight".to_owned());
    assert_eq!(layout(&apart), Err(LayoutError::Apart { name, previous }));
}
