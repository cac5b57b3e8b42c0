//! A site's notes: to train on, to choose by, and to test on.

use std::path::Path;

use anyhow::{Context, Result, bail};
use fedner_core::batch::Example;
use fedner_core::corpus::{Corpus, Note, Size, WordVectors};
use fedner_core::labels::LabelSet;
use fedner_encoder::Encoder;
use fedner_protocol::ModelSpec;
use fedner_tests::participant::NotesFile;

use crate::settings::{Settings, SiteChoice};

/// A site.
pub struct Site {
    pub title: String,
    /// Its folder's name.
    pub folder: String,
    /// Its own entity types, as its training and held-out notes have them.
    pub labels: LabelSet,
    training: Vec<Note>,
    held_out: Vec<Note>,
    test: Vec<Note>,
    /// What an encoder made of the notes of each part, in their order; nothing where there is no encoder.
    vectors: [Vec<WordVectors>; 3],
}

impl Site {
    /// Reads a site's three files with the product's importer.
    pub fn read(folder: &Path, choice: &SiteChoice, held_out_max: usize) -> Result<Self> {
        let folder = folder.join(&choice.name);
        let file = |name: &str, held_out, max| {
            let path = folder.join(name);
            if !path.is_file() {
                bail!("there is no {}: a site is a folder with train.conll, dev.conll and test.conll", path.display());
            }
            Ok(NotesFile::read(&path, held_out, max))
        };
        let training = file("train.conll", false, choice.train_limit.unwrap_or(usize::MAX))?;
        let held_out = file("dev.conll", true, held_out_max)?;
        let test = file("test.conll", true, usize::MAX)?;
        let mut labels = [training.labels, held_out.labels].concat();
        labels.sort();
        labels.dedup();
        let labels = LabelSet::new(labels).with_context(|| format!("the labels of {}", folder.display()))?;
        let title = choice.title();
        Ok(Self {
            title,
            folder: choice.name.clone(),
            labels,
            training: training.notes,
            held_out: held_out.notes,
            test: test.notes,
            vectors: Default::default(),
        })
    }

    /// Its notes to train on and to choose by, with its own labels.
    pub fn corpus(&self) -> Corpus {
        self.corpus_with(self.labels.clone())
    }

    /// The same with another label set.
    pub fn corpus_with(&self, labels: LabelSet) -> Corpus {
        let notes: Vec<Note> = self.training.iter().chain(&self.held_out).cloned().collect();
        let vectors = self.vectors[0].iter().chain(&self.vectors[1]);
        with_vectors(Corpus::new(&notes, labels), vectors)
    }

    /// Has an encoder read all its notes.
    pub fn read_by(&mut self, encoder: &mut Encoder) {
        let vectors = self.notes().map(|notes| {
            let read =
                |note: &Note| WordVectors { steps: encoder.read(&note.text), encoder: encoder.identity().clone() };
            notes.iter().map(read).collect()
        });
        self.vectors = vectors;
    }

    /// Its test sentences, with any label set that has its labels.
    pub fn test(&self, labels: LabelSet, spec: &ModelSpec) -> Vec<Example> {
        with_vectors(Corpus::new(&self.test, labels), &self.vectors[2]).held_out(spec)
    }

    /// Entities of its own types in its test file.
    pub fn test_entities(&self) -> u64 {
        let own = |note: &Note| note.spans.iter().filter(|span| self.labels.index(&span.label).is_some()).count();
        self.test.iter().map(|note| own(note) as u64).sum()
    }

    /// Its notes to train on, to choose by and to test on.
    pub fn notes(&self) -> [&[Note]; 3] {
        [&self.training, &self.held_out, &self.test]
    }

    /// Every sentence in its three files.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let notes = self.notes().into_iter().flatten();
        notes.flat_map(|note| note.text.lines().map(str::to_owned))
    }

    /// Has all of its notes trained on, those of the other two files too.
    pub fn train_on_all(&mut self) {
        let others = [std::mem::take(&mut self.held_out), std::mem::take(&mut self.test)].concat();
        let others_vectors = [std::mem::take(&mut self.vectors[1]), std::mem::take(&mut self.vectors[2])].concat();
        self.vectors[0].extend(others_vectors);
        self.training.extend(others.into_iter().map(|note| Note { held_out: false, ..note }));
    }

    /// Takes documents with such a sentence out of those it trains on; says how many.
    pub fn leave_out(&mut self, such: impl Fn(&str) -> bool) -> usize {
        let before = self.training.len();
        let kept: Vec<bool> = self.training.iter().map(|note| !note.text.lines().any(&such)).collect();
        let mut keep = kept.iter();
        self.training.retain(|_| *keep.next().unwrap_or(&true));
        let mut keep = kept.iter();
        self.vectors[0].retain(|_| *keep.next().unwrap_or(&true));
        before - self.training.len()
    }

    /// What it trains on.
    pub fn size(&self) -> Size {
        self.corpus().report().training
    }
}

fn with_vectors<'v>(mut corpus: Corpus, vectors: impl IntoIterator<Item = &'v WordVectors>) -> Corpus {
    let set = corpus.set_all_vectors(vectors.into_iter().cloned());
    set.unwrap_or_else(|error| unreachable!("the encoder reads the same words: {error}"));
    corpus
}

/// All sites of the settings.
pub fn read_all(data: &Path, choices: &[SiteChoice], settings: &Settings) -> Result<Vec<Site>> {
    let mut sites =
        choices.iter().map(|choice| Site::read(data, choice, settings.held_out_max)).collect::<Result<Vec<_>>>()?;
    if let Some(encoder) = &settings.encoder {
        let mut encoder = encoder.open()?;
        sites.iter_mut().for_each(|site| site.read_by(&mut encoder));
    }
    Ok(sites)
}
