//! The model card: what the model is, what it learnt from, how good it is, and what it is not for.

use std::fmt::Write;

use fedner_protocol::{PretrainedEncoder, PrivateEncoder};

use crate::{scores::Scores, session::Session};

/// What the caller knows of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The model's name.
    pub name: String,
    /// The day, as it should stand in the card.
    pub date: String,
}

/// The card, as Markdown.
pub(super) fn card(session: &Session, about: &About, scores: Option<&Scores>) -> String {
    let sections = [model(session, about), trained_on(session), held_out(scores), use_it(session), limits(session)];
    sections.concat()
}

fn model(session: &Session, about: &About) -> String {
    let (layout, state) = (session.model.layout(), &session.state);
    let spec = layout.spec();
    let federation = match &state.federation {
        Some(id) => {
            format!("federation `{id}`, version {} of its shared module, {} rounds", state.version, state.rounds)
        }
        None => "none: trained at one site alone".to_owned(),
    };
    let labels: Vec<String> = layout.labels().types().iter().map(|label| format!("`{}`", cell(label))).collect();
    format!(
        "# {name}\n\n\
         A named-entity recogniser, trained in a browser tab by FedNER in the browser; exported on {date}.\n\n\
         | | |\n|---|---|\n\
         | labels | {labels} |\n\
         | model | hashed features of each word ({features}), {shared} shared convolution {block} of width {width}, \
         {private}CRF |\n\
         {encoder}| parameters | {parameters} |\n\
         | federation | {federation} |\n\
         {steps}\n",
        name = heading(&about.name),
        date = cell(&about.date),
        labels = labels.join(", "),
        features = spec.features.len(),
        shared = spec.encoder_blocks,
        block = if spec.encoder_blocks == 1 { "block" } else { "blocks" },
        private = private_encoder(spec.private_encoder),
        width = spec.encoder_width,
        encoder = encoder(spec.pretrained.as_ref()),
        parameters = layout.parameters(),
        steps = steps(session.optimiser.steps()),
    )
}

/// Nothing for a model without its optimiser.
fn steps(steps: u64) -> String {
    if steps == 0 { String::new() } else { format!("| optimiser steps at this site | {steps} |\n") }
}

/// Nothing for a model without a pretrained encoder.
fn encoder(pretrained: Option<&PretrainedEncoder>) -> String {
    let line = |PretrainedEncoder { pack, width }: &PretrainedEncoder| {
        format!("| pretrained encoder | the pack `{pack}`, vectors of {width} elements |\n")
    };
    pretrained.map(line).unwrap_or_default()
}

fn private_encoder(encoder: PrivateEncoder) -> String {
    match encoder {
        PrivateEncoder::None => String::new(),
        PrivateEncoder::Convolution { blocks: 1 } => "1 private block of the same kind, ".to_owned(),
        PrivateEncoder::Convolution { blocks } => format!("{blocks} private blocks of the same kind, "),
        PrivateEncoder::Bilstm { hidden } => format!("a private bidirectional LSTM of {hidden} cells a direction, "),
    }
}

fn trained_on(session: &Session) -> String {
    let mut text = "## What it was trained on\n\n".to_owned();
    let Some(counts) = &session.state.trained_on else {
        text.push_str("The file does not say.\n\n");
        return text;
    };
    let size = counts.size;
    let _ = writeln!(
        text,
        "The last training at this site was on {} sentences with {} words and {} entities of this site's notes.\n",
        size.sentences, size.tokens, size.entities
    );
    text.push_str("| label | entities |\n|---|---|\n");
    for (label, entities) in &counts.entities {
        let _ = writeln!(text, "| `{}` | {entities} |", cell(label));
    }
    text.push('\n');
    text
}

fn held_out(scores: Option<&Scores>) -> String {
    let mut text = "## How good it is\n\n".to_owned();
    let Some(scores) = scores else {
        text.push_str("It was not scored: there were no held-out notes with these labels when it was exported.\n\n");
        return text;
    };
    let _ = writeln!(
        text,
        "On {} sentences of the same site that were held out of training. Strict: the same borders and label; lenient: \
         overlapping with the same label.\n",
        scores.sentences
    );
    text.push_str("| label | precision | recall | F1 | F1, lenient | entities |\n|---|---|---|---|---|---|\n");
    let mut row = |label: &str, strict: &crate::scores::Prf, lenient: f64, support: u64| {
        let percent = |share: f64| format!("{:.1}", 100.0 * share);
        let [p, r, f, l] = [strict.precision, strict.recall, strict.f1, lenient].map(percent);
        let _ = writeln!(text, "| {label} | {p} | {r} | {f} | {l} | {support} |");
    };
    for label in &scores.by_label {
        row(&format!("`{}`", cell(&label.label)), &label.strict, label.lenient.f1, label.support);
    }
    let support = scores.by_label.iter().map(|label| label.support).sum();
    row("all", &scores.strict, scores.lenient.f1, support);
    text.push('\n');
    text
}

fn use_it(session: &Session) -> String {
    let needs_pack = |PretrainedEncoder { pack, .. }: &PretrainedEncoder| {
        format!(
            "**It needs a pretrained encoder's pack**, which is not in this archive: put the file `{pack}.safetensors` beside \
             the script. The server of its federation has it at `/encoders/{pack}.safetensors`.\n\n"
        )
    };
    let pack = session.model.layout().spec().pretrained.as_ref().map(needs_pack).unwrap_or_default();
    "## Using it\n\n\
     ```sh\npip install numpy safetensors uniseg xxhash\npython use_model.py note.txt\n```\n\n\
     prints the entities of a text as JSON, with offsets in Unicode code points and the probability of each. The page takes \
     this archive in again as it is, and trains on from where it stood: `model.safetensors` holds the optimiser's state too. \
     `shared.safetensors` is the shared module alone, without labels and without the private module: another site's page takes \
     it in as a model to start from, and a federation's server as its first version. `config.json` says how words become rows of the embedding table.\n\n"
        .to_owned()
        + &pack
}

fn limits(session: &Session) -> String {
    let temperature = session.model.temperature();
    let confidence = if temperature.is_neutral() {
        "the model's own probability, which is mostly too high".to_owned()
    } else {
        format!(
            "the model's probability at temperature {temperature:.2}, chosen on its site's held-out notes. On other \
             notes it may be too high or too low"
        )
    };
    format!(
        "## Limits\n\n\
     - It knows what its site's annotators marked, by their rules, in notes like theirs. Score it on your own notes before \
     you rely on it.\n\
     - It marks each word at most once: nested and overlapping entities are found in part, and entities never reach over the \
     end of a sentence.\n\
     - A confidence is {confidence}.\n\
     - It holds the private module. No text and no word list is in the file, but like every trained model it may tell \
     something of the texts it was trained on: treat it as you treat the notes.\n\
     - It is no medical device. No decision about a patient may rest on it alone.\n"
    )
}

/// Text that neither ends a cell of a table nor a line.
fn cell(text: &str) -> String {
    text.replace(['\n', '\r'], " ").replace('|', "\\|").replace('`', "'")
}

fn heading(name: &str) -> String {
    let name = cell(name.trim());
    if name.is_empty() { "A model".to_owned() } else { name }
}
