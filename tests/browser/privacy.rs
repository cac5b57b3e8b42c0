//! What leaves a device: the very bytes the server received.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use fedner_protocol::{LocalSteps, Manifest, ModelSpec, PrivateEncoder, RoundPolicy, TENSORS_CONTENT_TYPE};
use safetensors::SafeTensors;
use serde_json::Value;

use crate::federation::{federation, quick_training};
use crate::harness::{PageState, Recorded, Recorder, SiteNotes, Tab, real_corpora, run};

const ROUNDS: u32 = 2;
/// Shorter runs of letters come about by chance in numbers, and say nothing.
const WORD_LETTERS_MIN: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_shared_module_leaves_the_device() {
    run("only_the_shared_module_leaves_the_device", async |stage| {
        let policy = RoundPolicy {
            min_sites: 1,
            quorum: 1,
            rounds: ROUNDS,
            local_steps: LocalSteps::Fixed(10),
            ..RoundPolicy::default()
        };
        let model = ModelSpec { private_encoder: PrivateEncoder::Convolution { blocks: 1 }, ..ModelSpec::small() };
        let manifest = Manifest::of(&model);
        let app = stage.server([federation("f1", model, policy, quick_training())]).await;
        let server = app.origin().trim_start_matches("http://").parse().expect("the server has an address");
        let recorder = Recorder::start(server).await;
        // The site with the most telling label names.
        let site = real_corpora(120, 40)[0].clone();

        let tab = stage.tab(&site.name, &format!("{}/#workspace={}", recorder.origin(), site.name)).await;
        site.choose(&tab).await;
        // Whatever a person types to try the model stays here as well.
        tab.join("f1").await;
        let state = tab.until("all rounds are done", |s| s.is_idle() && s.version == ROUNDS).await;
        tab.fill("try-text", "Zanthorexone made Mrs Quillfeather drowsy.").await;
        tab.press("try-button").await;
        tab.until_script("the model answers", "return !document.getElementById('try-result').hidden").await;
        tab.train(1).await;

        let requests = recorder.requests();
        check_ledger(&state, &requests);
        check_updates(&manifest, &requests);
        let private = private_tensors(&tab).await;
        check_words(&site, &private, &requests, &recorder.bytes());
        (app, recorder)
    })
    .await;
}

/// The page's ledger lists exactly the requests that the server received, apart from the page's own files.
fn check_ledger(state: &PageState, requests: &[Recorded]) {
    let mut listed: Vec<_> =
        state.ledger.iter().map(|e| (e.method.clone(), e.path.clone(), e.bytes_sent, sorted(&e.tensors))).collect();
    let received = requests.iter().filter(|request| request.target.starts_with("/api/"));
    let mut received: Vec<_> =
        received.map(|r| (r.method.clone(), r.target.clone(), r.body.len(), sorted(&tensors_of(r)))).collect();
    listed.sort();
    received.sort();
    assert!(received.iter().filter(|(method, ..)| method == "PUT").count() == ROUNDS as usize, "{received:#?}");
    assert_eq!(listed, received, "the ledger and what the server received");
    let files = requests.iter().filter(|request| !request.target.starts_with("/api/"));
    for file in files {
        assert_eq!((file.method.as_str(), file.body.len()), ("GET", 0), "{}", file.head);
        assert!(!file.target.contains('?'), "{}", file.head);
    }
}

/// Every update is the manifest's tensors, each with its rows' scales, and a header about the round; there is room for
/// nothing else.
fn check_updates(manifest: &Manifest, requests: &[Recorded]) {
    let expected: BTreeMap<_, _> = manifest
        .tensors
        .iter()
        .flat_map(|t| [(t.name.clone(), t.shape.clone()), (format!("{}.scale", t.name), vec![scales(&t.shape)])])
        .collect();
    let scales: usize = manifest.tensors.iter().map(|t| scales(&t.shape)).sum();
    for update in requests.iter().filter(|request| request.method == "PUT") {
        assert!(update.head.to_lowercase().contains(&format!("content-type: {TENSORS_CONTENT_TYPE}")));
        let file = SafeTensors::deserialize(&update.body).expect("an update is a safetensors file");
        let found: BTreeMap<_, _> = file.iter().map(|(name, t)| (name.to_owned(), t.shape().to_vec())).collect();
        assert_eq!(found, expected);
        let (header_bytes, header) = SafeTensors::read_metadata(&update.body).expect("it has a header");
        let metadata = header.metadata().clone().unwrap_or_default();
        let fields: BTreeSet<String> = metadata.values().flat_map(|value| fields_of(value)).collect();
        let known = ["federation", "round", "base_version", "base_model", "samples", "manifest"].map(str::to_owned);
        assert!(fields.iter().all(|field| known.contains(field)), "{fields:?}");
        let values = manifest.parameters() + 4 * scales;
        assert_eq!(update.body.len(), 8 + header_bytes + values, "nothing hides behind the tensors");
    }
}

/// One for each row of a matrix; a vector is one row.
fn scales(shape: &[usize]) -> usize {
    if shape.len() > 1 { shape[0] } else { 1 }
}

/// Field names of an object in JSON; a value that is none has no business in an update.
fn fields_of(json: &str) -> Vec<String> {
    let value: Value = serde_json::from_str(json).unwrap_or_else(|e| panic!("{e}: {json}"));
    let object = value.as_object().unwrap_or_else(|| panic!("{json} is no object"));
    object.keys().cloned().collect()
}

/// Neither a word of the notes, nor a label, nor a private tensor's name is in anything the server received.
fn check_words(site: &SiteNotes, private: &[String], requests: &[Recorded], bytes: &[u8]) {
    let texts: Vec<String> = requests.iter().map(readable).collect();
    for label in site.labels() {
        assert!(texts.iter().all(|text| !has_word(text, &label)), "the label {label} has left the device");
        assert!(label.len() < WORD_LETTERS_MIN || !contains(bytes, label.as_bytes()), "the label {label} has left");
    }
    assert!(private.iter().any(|name| name.starts_with("private.")), "the model has a private module: {private:?}");
    for name in private {
        assert!(!contains(bytes, name.as_bytes()), "the private tensor {name} has left the device");
    }
    let protocol: HashSet<String> = protocol_words(requests);
    let words: HashSet<String> = site
        .tokens()
        .chain(["Zanthorexone", "Quillfeather", "drowsy"])
        .filter(|token| token.len() >= WORD_LETTERS_MIN && token.bytes().all(|b| b.is_ascii_alphabetic()))
        .flat_map(|token| [token.to_owned(), token.to_lowercase(), token.to_uppercase()])
        .filter(|word| !protocol.contains(&word.to_lowercase()))
        .collect();
    assert!(words.len() > 500, "only {} words of the notes are looked for", words.len());
    let lengths: BTreeSet<usize> = words.iter().map(String::len).collect();
    for letters in bytes.split(|byte| !byte.is_ascii_alphabetic()).filter(|run| run.len() >= WORD_LETTERS_MIN) {
        let letters = std::str::from_utf8(letters).expect("letters are text");
        for length in lengths.iter().take_while(|length| **length <= letters.len()) {
            for start in 0..=letters.len() - length {
                let part = &letters[start..start + length];
                assert!(!words.contains(part), "the word {part:?} of the notes has left the device, in {letters:?}");
            }
        }
    }
}

/// Words that a request holds whatever the notes say: names in the protocol, the page's files and the browser's
/// own headers. A request without any notes in the page would hold the same.
fn protocol_words(requests: &[Recorded]) -> HashSet<String> {
    let files = requests.iter().filter(|r| !r.target.starts_with("/api/")).map(|r| r.head.clone());
    let fixed = "federations rounds updates events models enrol leave invitation samples version manifest format \
                 dtype shape content length application vnd safetensors authorization bearer event stream"
        .to_owned();
    let names = Manifest::of(&ModelSpec::small()).tensors.into_iter().map(|tensor| tensor.name);
    let text = files.chain([fixed]).chain(names).collect::<Vec<_>>().join(" ");
    let words = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() >= WORD_LETTERS_MIN);
    // A word that is a part of such a name is found in it, too.
    words.flat_map(|word| parts(&word.to_lowercase())).collect()
}

fn parts(word: &str) -> Vec<String> {
    let ends = |start: usize| (start + WORD_LETTERS_MIN)..=word.len();
    (0..word.len()).flat_map(|start| ends(start).map(move |end| word[start..end].to_owned())).collect()
}

/// Names in the stored checkpoint of everything that is not the shared module.
async fn private_tensors(tab: &Tab) -> Vec<String> {
    let body = "const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
        return Object.keys(JSON.parse(new TextDecoder().decode(bytes.slice(8, 8 + length))));";
    let names: Vec<String> = tab.script_on_checkpoint(tab.name(), body).await;
    names.into_iter().filter(|name| !name.starts_with("shared.") && name != "__metadata__").collect()
}

fn tensors_of(request: &Recorded) -> Vec<String> {
    match SafeTensors::deserialize(&request.body) {
        Ok(file) => file.names().into_iter().map(str::to_owned).collect(),
        Err(_) => Vec::new(),
    }
}

/// What of a request can be read: all but an update's numbers.
fn readable(request: &Recorded) -> String {
    let body = match SafeTensors::read_metadata(&request.body) {
        Ok((header, _)) => &request.body[8..8 + header],
        Err(_) => &request.body,
    };
    format!("{}\n{}", request.head, String::from_utf8_lossy(body))
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|found| found == word)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn sorted(names: &[String]) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort();
    names
}
