//! What a training is measured on: the same in a tab, natively and in TF.js.

use std::path::PathBuf;

use fedner_core::{
    corpus::{Corpus, Note},
    labels::LabelSet,
};
use fedner_formats::InputFile;
use fedner_protocol::TrainingPolicy;
use fedner_tests::browser::Tab;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::notes::note;

/// The page holds out what such a file has, and then none of the other notes.
const HELD_OUT_FILE: &str = "held-out.conll";
/// Enough that it has an entity: a file with none is one that nobody has looked at.
const HELD_OUT_CHARACTERS: usize = 700;

/// Different words: with so many, three tokens in five of a batch are words that are new in it, as in clinical English.
const VOCABULARY: usize = 4000;

/// Notes to train on and a single one that is held out: what is measured is training, and no more than a little scoring.
pub struct Task {
    files: [(&'static str, String); 2],
    corpus: Corpus,
}

impl Task {
    /// So many notes of some characters each.
    pub fn draw(random: &mut ChaCha8Rng, count: usize, characters: usize) -> Self {
        let words: Vec<String> = (0..VOCABULARY).map(|_| word(random)).collect();
        let notes = (0..count).map(|i| note(random, &words, &format!("note-{i:03}"), characters)).collect();
        let held_out = note(random, &words, "held-out", HELD_OUT_CHARACTERS);
        let files = [("notes.conll", notes), (HELD_OUT_FILE, held_out)];
        Self { corpus: corpus(&files), files }
    }

    /// The notes as training has them.
    pub fn corpus(&self) -> &Corpus {
        &self.corpus
    }

    /// Chooses the notes' files in a tab.
    pub async fn choose_in(&self, tab: &Tab) {
        let paths = self.files.each_ref().map(|(name, notes)| {
            let path = tab.profile().files().join(name);
            std::fs::write(&path, notes).expect("the temporary folder can be written");
            path
        });
        tab.choose_files(&paths.each_ref().map(PathBuf::as_path)).await;
    }

    /// Words to train on.
    pub fn words(&self) -> usize {
        self.corpus.training_counts().size.tokens
    }

    /// Words a second in each pass over the notes but the first, from the milliseconds at which steps were done. So each
    /// figure has its share of what comes between two passes.
    pub fn speeds(&self, seen: &[(u64, f64)]) -> Vec<f64> {
        let sentences = self.corpus.training_counts().size.sentences;
        let steps = sentences.div_ceil(TrainingPolicy::default().batch_size as usize) as u64;
        let words_a_step = self.words() as f64 / steps as f64;
        let ends: Vec<_> =
            (1..).map_while(|pass| seen.iter().find(|(step, _)| *step >= pass * steps).copied()).collect();
        let passes = ends.iter().zip(ends.iter().skip(1));
        passes.map(|((first, begin), (last, end))| (last - first) as f64 * words_a_step / (end - begin) * 1e3).collect()
    }
}

fn word(random: &mut ChaCha8Rng) -> String {
    (0..random.random_range(2..11)).map(|_| char::from(random.random_range(b'a'..=b'z'))).collect()
}

fn corpus(files: &[(&str, String)]) -> Corpus {
    let files: Vec<_> = files.iter().map(|(name, notes)| InputFile { name, bytes: notes.as_bytes() }).collect();
    let imported =
        fedner_formats::read(&files, &fedner_formats::ReadOptions::default()).expect("the notes can be read");
    let labels = LabelSet::new(imported.labels).expect("the notes have labels");
    let notes = imported.documents.into_iter().map(|document| Note {
        held_out: &*document.file == HELD_OUT_FILE,
        id: document.name,
        text: document.text,
        spans: document.spans,
    });
    Corpus::new(&notes.collect::<Vec<_>>(), labels)
}
