//! Trains models on the page's sample notes, one of each private encoder, exports each into a folder of its own, and writes
//! what it finds in texts of many kinds beside it. `cargo xtask model-export-check` compares that with what the exported Python script finds.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use fedner_core::corpus::{Corpus, Note, WordVectors};
use fedner_core::export::About;
use fedner_core::labels::LabelSet;
use fedner_core::observer::NoopObserver;
use fedner_core::session::Session;
use fedner_core::tagging::{ReadText, predict};
use fedner_core::training::{LocalTraining, TrainingLength};
use fedner_encoder::make::{HubFiles, PackChoice, make, sample_notes};
use fedner_encoder::{Encoder, Pack};
use fedner_formats::{InputFile, archive};
use fedner_protocol::{ModelSpec, PrivateEncoder, TrainingPolicy};
use pollster::block_on;
use serde_json::json;

/// The private encoder beside the default one.
const CONVOLUTION: PrivateEncoder = PrivateEncoder::Convolution { blocks: 1 };
const LSTM: PrivateEncoder = PrivateEncoder::Bilstm { hidden: 64 };
/// Files of public corpora to tag, where they are there.
const CORPORA: &[&str] = &["ade/dev.conll", "psytar/dev.conll", "twimed/dev.conll", "maccrobat/dev.conll"];
/// Texts in which tokenisers differ: scripts, clusters, quotes, numbers, abbreviations, odd white space, long lines.
const TEXTS: &[&str] = &[
    "",
    " \n\t ",
    "Aspirin 100mg b.i.d. was given. Nausea resolved; pain:none. No. 7, Fig. 2, e.g. this. A. Smith agreed.",
    "3.5 mg/kg, 1,000 IU q.d., T37.5°C, BP 120/80, 50% (!) \"It hurts.\" she said. 'Well.' Then... what?",
    "👩‍👩‍👧 🇩🇪🇫🇷 👍🏽 e\u{301}te\u{301} a.\u{301}b x \u{301}y naïve über ΣΑΣ Straße ﬁne Ⅷ ⅷ ① ²",
    "كتاب طبي שלום. क्षत्रिय हिन्दी। ไทย 日本語です。次の文。中文、测试！한국어 문장입니다.",
    "one\r\ntwo\rthree\u{2028}four\u{85}five\u{b}six\u{a0}seven\u{3000}eight\u{200b}nine\u{feff}ten\0eleven",
    "can't o'clock l'été 5'10\" rock'n'roll x_y a:b 12:30 1;2 http://example.org/a?b=c user@example.org C++ #tag",
    "I.V. metoprolol 5 mg. i.v. fluids. Dr. Jones vs. Mr. Brown. 1. First item. 2. Second item. ? Pneumonia. ( ! )",
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [out, samples, corpora] = &arguments[..] else { bail!("model_export <out> <samples> <corpora>") };
    let (out, samples) = (Path::new(out), Path::new(samples));
    let encoders = [("convolution", CONVOLUTION), ("bilstm", LSTM), ("none", PrivateEncoder::None)];
    for (name, private_encoder) in encoders {
        let spec = ModelSpec { private_encoder, ..ModelSpec::default() };
        export(&spec, &out.join(name), samples, Path::new(corpora), None)?;
    }
    let bytes = tiny_pack()?;
    let mut encoder = Pack::read(&bytes)?.encoder()?;
    let spec = ModelSpec::with_encoder(encoder.identity().clone());
    let folder = out.join("pretrained");
    export(&spec, &folder, samples, Path::new(corpora), Some(&mut encoder))?;
    fs::write(folder.join(format!("{}.safetensors", encoder.identity().pack)), bytes)?;
    Ok(())
}

/// The pack of a tiny random encoder.
fn tiny_pack() -> Result<Vec<u8>> {
    let files = HubFiles::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../encoder/testdata/tiny"))?;
    let choice = PackChoice::usual(&files, "tiny".to_owned(), "MIT".to_owned())?;
    Ok(make(&files, &choice, &[&sample_notes()])?.bytes)
}

/// Makes one model and all about it.
fn export(
    spec: &ModelSpec,
    out: &Path,
    samples: &Path,
    corpora: &Path,
    mut encoder: Option<&mut Encoder>,
) -> Result<()> {
    let (session, mut texts) = trained(spec, samples, encoder.as_deref_mut())?;
    texts.extend(TEXTS.iter().map(|text| (*text).to_owned()));
    texts.push("A sentence without an end , which goes on and on ; ".repeat(40));
    for file in CORPORA {
        let path = corpora.join(file);
        match fs::read(&path) {
            Ok(bytes) => texts.extend(documents(file, &bytes)?.0.into_iter().map(|note| note.text)),
            Err(_) => println!("without {}: it is not there", path.display()),
        }
    }
    let about = About { name: "Check".to_owned(), date: "a day".to_owned() };
    fs::create_dir_all(out).with_context(|| format!("can't make {}", out.display()))?;
    let exported = block_on(session.export(&about, None))?;
    for file in archive::unpack("model.zip", &exported)?.files {
        fs::write(out.join(&file.name), file.bytes)?;
    }
    write_findings(out, &session, &texts, encoder)
}

/// A model that has learnt enough to find something, and the notes it was scored on.
fn trained(spec: &ModelSpec, samples: &Path, encoder: Option<&mut Encoder>) -> Result<(Session, Vec<String>)> {
    let (mut notes, mut labels, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    for (file, held_out) in [("train.conll", false), ("held-out.conll", true)] {
        let path = samples.join("north").join(file);
        let bytes = fs::read(&path).with_context(|| format!("can't read {}", path.display()))?;
        let (found, types) = documents(file, &bytes)?;
        labels.extend(types);
        texts.extend(found.iter().filter(|_| held_out).map(|note| note.text.clone()));
        notes.extend(found.into_iter().map(|note| Note { held_out, ..note }));
    }
    labels.sort();
    labels.dedup();
    let labels = LabelSet::new(labels)?;
    let mut corpus = Corpus::new(&notes, labels.clone());
    if let Some(encoder) = encoder {
        let identity = encoder.identity().clone();
        let read = |note: &Note| WordVectors { encoder: identity.clone(), steps: encoder.read(&note.text) };
        corpus.set_all_vectors(notes.iter().map(read).collect::<Vec<_>>())?;
    }
    let mut session = Session::new(spec, &labels, 1, &Device::flex());
    block_on(session.train(
        &corpus,
        &LocalTraining { length: TrainingLength::Epochs(4), policy: TrainingPolicy::default() },
        &mut NoopObserver,
    ))?;
    Ok((session, texts))
}

fn documents(name: &str, bytes: &[u8]) -> Result<(Vec<Note>, Vec<String>)> {
    let imported = fedner_formats::read(&[InputFile { name, bytes }], &fedner_formats::ReadOptions::default())?;
    let notes = imported.documents.into_iter();
    let notes = notes.map(|d| Note { id: d.name, text: d.text, spans: d.spans, held_out: false });
    Ok((notes.collect(), imported.labels))
}

fn write_findings(out: &Path, session: &Session, texts: &[String], mut encoder: Option<&mut Encoder>) -> Result<()> {
    let (mut given, mut expected) = (String::new(), String::new());
    for text in texts {
        let vectors = encoder.as_deref_mut().map(|encoder| encoder.read(text)).unwrap_or_default();
        let read = ReadText::new("a text", text.clone(), vectors, session.model.layout().spec())?;
        let entities: Vec<_> = block_on(predict(&session.model, read))?.entities;
        given += &format!("{}\n", json!({ "text": text }));
        expected += &format!("{}\n", json!({ "text": text, "entities": entities }));
    }
    fs::write(out.join("texts.jsonl"), given)?;
    fs::write(out.join("expected.jsonl"), expected)?;
    Ok(())
}
