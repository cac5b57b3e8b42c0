//! The tokeniser and the forward pass against what `tokenizers` and `transformers` make of the same texts
//! (`testdata/make_fixture.py`), and a pack against the weights it is made from.

#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

use std::path::Path;

use fedner_encoder::make::{HubFiles, MadePack, PackChoice, Reference, make};
use fedner_encoder::{About, Encoder, Pack, Tokeniser, TokeniserConfig};
use serde::Deserialize;

/// Largest difference of a hidden state from that of `transformers`.
const TOLERANCE: f32 = 1e-4;

#[derive(Deserialize)]
struct Expected {
    texts: Vec<ExpectedText>,
}

#[derive(Deserialize)]
struct ExpectedText {
    text: String,
    /// Number, start and end in bytes.
    uncased: Vec<(u32, usize, usize)>,
    cased: Vec<(u32, usize, usize)>,
    ids: Vec<u32>,
    /// Behind each layer.
    hidden: Option<Vec<Vec<f32>>>,
}

fn testdata() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata"))
}

fn expected() -> Expected {
    serde_json::from_slice(&std::fs::read(testdata().join("expected.json")).unwrap()).unwrap()
}

fn hub() -> HubFiles {
    HubFiles::read(&testdata().join("tiny")).unwrap()
}

fn public_text() -> String {
    let words = ["fever", "aspirin", "nausea", "bleeding", "cafe", "mg", "today", "x1", "mild", "was"];
    (0..1500)
        .map(|at| words[(at * at / 3) % words.len()])
        .collect::<Vec<_>>()
        .chunks(9)
        .map(|s| s.join(" ") + ".\n")
        .collect()
}

fn made(layers: [usize; 2], vector_width: usize) -> MadePack {
    let choice = PackChoice { name: "tiny".to_owned(), licence: "Apache-2.0".to_owned(), layers, vector_width };
    make(&hub(), &choice, &[&public_text()]).unwrap()
}

fn encoder(made: &MadePack) -> Encoder {
    Pack::read(&made.bytes).unwrap().encoder().unwrap()
}

#[test]
fn pieces_are_those_of_the_tokenizers_library() {
    let vocabulary = std::fs::read_to_string(testdata().join("tiny/vocab.txt")).unwrap();
    let of = |lowercase| {
        let config = TokeniserConfig { lowercase, strip_accents: lowercase, split_cjk: true };
        Tokeniser::new(&vocabulary, config).unwrap()
    };
    let (uncased, cased) = (of(true), of(false));
    for expected in expected().texts {
        let found = |tokeniser: &Tokeniser| -> Vec<_> {
            tokeniser.pieces(&expected.text).into_iter().map(|p| (p.id, p.bytes.start, p.bytes.end)).collect()
        };
        assert_eq!(found(&uncased), expected.uncased, "{:?}", expected.text);
        assert_eq!(found(&cased), expected.cased, "{:?}", expected.text);
    }
}

#[test]
fn hidden_states_are_those_of_the_transformers_library() {
    let reference = Reference::read(&hub()).unwrap();
    let mut compared = 0;
    for expected in expected().texts {
        for (layer, states) in expected.hidden.iter().flatten().enumerate() {
            let found = reference.hidden_states(&expected.ids, layer);
            assert_eq!(found.len(), states.len());
            let apart = found.iter().zip(states).map(|(a, b)| (a - b).abs()).fold(0f32, f32::max);
            assert!(apart < TOLERANCE, "layer {layer} of {:?}: {apart}", expected.text);
            compared += 1;
        }
    }
    assert!(compared >= 10, "{compared}");
}

#[test]
fn a_pack_is_the_same_each_time_and_says_what_it_is() {
    let (pack, again) = (made([1, 2], 8), made([1, 2], 8));
    assert_eq!(pack.bytes, again.bytes);
    let read = Pack::read(&pack.bytes).unwrap();
    assert_eq!((read.about.licence.as_str(), read.about.config.num_hidden_layers), ("Apache-2.0", 2));
    assert!(read.about.card.contains("knows nothing") && hub().licence().as_deref() == Some("apache-2.0"));
    assert_eq!(read.identity().width, 8);
    assert_eq!(About::read_header(&mut &pack.bytes[..]).unwrap(), read.about);
    assert!(pack.kept_variance > 0.5 && pack.words >= 1000);
    let one = made([1, 1], 8);
    assert!(one.bytes.len() < pack.bytes.len(), "layers above the last are left out");
}

#[test]
fn vectors_are_of_the_words_and_of_the_size_that_is_agreed_on() {
    let mut encoder = encoder(&made([2, 2], 8));
    let text = "Aspirin caused bleeding.\nFever today (mild)";
    let vectors = encoder.read(text);
    let words: usize = fedner_text::sentences(text).iter().map(|s| s.tokens.len()).sum();
    assert_eq!(vectors.len(), words * 8);
    let squares: f32 = encoder.read(&public_text()).iter().map(|step| (f32::from(*step) / 28.0).powi(2)).sum();
    let rms = (squares / (8 * 1500) as f32).sqrt();
    assert!((0.3..0.7).contains(&rms), "{rms}");
    // A sentence alone has the vectors that it has among others.
    let second = encoder.read("Fever today (mild)");
    assert_eq!(vectors[vectors.len() - second.len()..], second);
    let texts = ["Fever today", "", "(mild)\nAspirin.", "cafe\u{301}\r\n", "x"].map(str::to_owned);
    let alone: Vec<Vec<i8>> = texts.iter().map(|text| encoder.read(text)).collect();
    assert_eq!(encoder.read_all(&texts), alone, "texts that are read together");
    assert!(encoder.read("").is_empty());
    // More pieces than positions: the sentence is read in parts.
    assert_eq!(encoder.read(&"x1 ".repeat(100)).len(), 100 * 8);
    // What is no piece at all.
    assert_eq!(encoder.read("\u{200b}"), vec![0; fedner_text::sentences("\u{200b}").len() * 8]);
}

#[test]
fn bytes_for_weights_change_little() {
    let reference = Reference::read(&hub()).unwrap();
    let text = "Aspirin caused mild gastric bleeding.";
    let pieces: Vec<u32> = reference.tokeniser().pieces(text).iter().map(|piece| piece.id).collect();
    let plain = reference.hidden_states(&pieces, 1);
    let size = (plain.iter().map(|x| x * x).sum::<f32>() / plain.len() as f32).sqrt();
    let found = fedner_encoder::make::quantised_hidden_states(&hub(), &pieces, 1).unwrap();
    let error = (plain.iter().zip(&found).map(|(a, b)| (a - b).powi(2)).sum::<f32>() / plain.len() as f32).sqrt();
    assert!(error < 0.05 * size, "{error} of {size}");
}

#[test]
fn what_is_damaged_or_does_not_fit_is_said() {
    let pack = made([1, 2], 8).bytes;
    let error = |bytes: &[u8]| match Pack::read(bytes).and_then(|pack| pack.encoder().map(|_| ())) {
        Err(error) => error.to_string(),
        Ok(()) => String::new(),
    };
    assert!(error(&pack[..pack.len() - 1]).contains("safetensors"));
    assert!(error(b"no pack").contains("safetensors"));
    assert!(error(&hub().weights).contains("not an encoder's pack"));
    let choice =
        |layers, vector_width| PackChoice { name: String::new(), licence: String::new(), layers, vector_width };
    let text = public_text();
    let refused =
        |files: &HubFiles, choice: &PackChoice, text: &str| make(files, choice, &[text]).unwrap_err().to_string();
    assert!(refused(&hub(), &choice([2, 3], 8), &text).contains("the encoder has 1 to 2"));
    assert!(refused(&hub(), &choice([1, 2], 25), &text).contains("too wide"));
    assert!(refused(&hub(), &choice([1, 2], 8), "Too little.").contains("1000 words"));
    let other = HubFiles { vocabulary: Some(b"[UNK]\n[CLS]".to_vec()), ..hub() };
    assert!(refused(&other, &choice([1, 2], 8), &text).contains("the vocabulary has 2 pieces"));
    assert!(HubFiles::read(Path::new("/nowhere")).unwrap_err().to_string().contains("config.json"));
}
