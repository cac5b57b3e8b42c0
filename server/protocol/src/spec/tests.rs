//! What a model specification allows and refuses.

use super::*;

#[test]
fn the_ready_specifications_are_valid() {
    ModelSpec::default().validate().unwrap();
    ModelSpec::small().validate().unwrap();
}

#[test]
fn tables_are_scaled_and_keep_a_row() {
    let encoder = PretrainedEncoder { pack: Digest::of(b""), width: 128 };
    ModelSpec::with_encoder(encoder).validate().unwrap();
    let tenth = ModelSpec::default().with_rows_times(0.1);
    assert_eq!(tenth.rows_total(), 1850);
    assert_eq!(ModelSpec::small().with_rows_times(1e-9).rows_total(), 3);
}

#[test]
fn out_of_bounds_sizes_are_named() {
    let wide = ModelSpec { encoder_width: 5000, ..ModelSpec::default() };
    assert!(wide.validate().unwrap_err().to_string().contains("encoder_width is 5000"));
    let deep = ModelSpec { private_encoder: PrivateEncoder::Convolution { blocks: 17 }, ..ModelSpec::default() };
    assert!(deep.validate().unwrap_err().to_string().contains("private_blocks is 17"));
    for hidden in [0, HIDDEN_MAX + 1] {
        let lstm = ModelSpec { private_encoder: PrivateEncoder::Bilstm { hidden }, ..ModelSpec::default() };
        assert!(lstm.validate().unwrap_err().to_string().contains("hidden of private_encoder"));
    }
    let mut twice = ModelSpec::small();
    twice.features.push(twice.features[0]);
    assert!(twice.validate().is_err());
}
/// As the first version wrote the small model.
const SMALL: &str = concat!(
    r#"{"features":[{"feature":"form","rows":512},{"feature":"suffix3","rows":128},{"feature":"shape","rows":64}],"#,
    r#""hashes":2,"hash_seed":2020,"embedding_width":16,"encoder_width":24,"encoder_blocks":1,"private_blocks":0}"#
);

#[test]
fn what_earlier_versions_wrote_is_read_and_written_as_it_was() {
    let small: ModelSpec = serde_json::from_str(SMALL).unwrap();
    assert_eq!(small, ModelSpec::small());
    assert_eq!(serde_json::to_string(&small).unwrap(), SMALL);
    let one = SMALL.replace("\"private_blocks\":0", "\"private_blocks\":1");
    let read: ModelSpec = serde_json::from_str(&one).unwrap();
    assert_eq!(read.private_encoder, PrivateEncoder::Convolution { blocks: 1 });
    assert_eq!(serde_json::to_string(&read).unwrap(), one);
    // Two sites and a server must agree on it, whichever version each has.
    let private_encoder = PrivateEncoder::Convolution { blocks: 1 };
    let digest = crate::Manifest::of(&ModelSpec { private_encoder, ..ModelSpec::default() }).digest;
    assert_eq!(digest.to_string(), "59b339a36d818d1f1cfa1d5a1b6a46cb77efd5f5d5187cb41fe36fa0c1a4ab4e");
}

#[test]
fn private_encoder_and_decoder_are_given_once_and_by_their_names() {
    let with = |fields: &str| {
        serde_json::from_str::<ModelSpec>(&SMALL.replace("\"private_blocks\":0", fields)).map_err(|e| e.to_string())
    };
    let lstm = r#""private_encoder":{"kind":"bilstm","hidden":20}"#;
    let read = with(lstm).unwrap();
    assert_eq!(read.private_encoder, PrivateEncoder::Bilstm { hidden: 20 });
    assert_eq!(serde_json::to_string(&read).unwrap(), SMALL.replace("\"private_blocks\":0", lstm));
    assert_eq!(with(r#""private_encoder":{"kind":"none"}"#), Ok(ModelSpec::small()));
    let softmax = r#""private_blocks":0,"decoder":"softmax""#;
    let read = with(softmax).unwrap();
    assert_eq!(read, ModelSpec { decoder: Decoder::Softmax, ..ModelSpec::small() });
    assert_eq!(serde_json::to_string(&read).unwrap(), SMALL.replace("\"private_blocks\":0", softmax));
    let pack = "00".repeat(32);
    let pretrained = format!(r#""private_blocks":0,"pretrained":{{"pack":"{pack}","width":128}}"#);
    let read = with(&pretrained).unwrap();
    assert_eq!((read.vector_width(), read.inputs()), (128, 3 * 16 + 128));
    assert_eq!(serde_json::to_string(&read).unwrap(), SMALL.replace("\"private_blocks\":0", &pretrained));
    let wide = with(&pretrained.replace("128", "0")).unwrap();
    assert!(wide.validate().unwrap_err().to_string().contains("width of pretrained is 0"));
    let both = with(&format!("\"private_blocks\":1,{lstm}")).unwrap_err();
    assert!(both.contains("not both"), "{both}");
    assert!(with(r#""hidden":1"#).unwrap_err().contains("unknown field"));
    assert!(with(r#""private_encoder":{"kind":"gru","hidden":1}"#).unwrap_err().contains("gru"));
    let neither = serde_json::from_str::<ModelSpec>(&SMALL.replace(",\"private_blocks\":0", ""));
    assert!(neither.unwrap_err().to_string().contains("missing field"));
}
