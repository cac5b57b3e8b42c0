//! Notes of the sites: subsets of real corpora, or the sample notes where those are not there.

use std::path::{Path, PathBuf};

use super::Tab;

const CORPORA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../www/samples");
const REAL_SITES: [&str; 3] = ["ade", "psytar", "twimed"];
const SAMPLE_SITES: [&str; 3] = ["north", "lakeside", "riverside"];

/// One site's notes, in CoNLL form.
#[derive(Debug, Clone)]
pub struct SiteNotes {
    /// The site's name.
    pub name: String,
    /// Notes to train on.
    pub training: String,
    /// Notes to score on.
    pub held_out: String,
}

/// Three sites with the first sentences of the real corpora, cut between documents. Without the corpora, the
/// sample notes stand in for them, and a line on standard error says so.
pub fn real_corpora(training: usize, held_out: usize) -> [SiteNotes; 3] {
    if Path::new(CORPORA).join("ade/train.conll").is_file() {
        return REAL_SITES.map(|site| {
            let folder = Path::new(CORPORA).join(site);
            read(site, folder.join("train.conll"), folder.join("dev.conll")).first(training, held_out)
        });
    }
    eprintln!("The real corpora were not found: there is no {CORPORA}/ade/train.conll. The sample notes are used.");
    SAMPLE_SITES.map(|site| sample_site(site).first(training, held_out))
}

/// The sample notes of a demo hospital.
pub fn sample_site(site: &str) -> SiteNotes {
    let folder = Path::new(SAMPLES).join(site);
    read(site, folder.join("train.conll"), folder.join("held-out.conll"))
}

fn read(site: &str, training: PathBuf, held_out: PathBuf) -> SiteNotes {
    let text = |file: PathBuf| std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    SiteNotes { name: site.to_owned(), training: text(training), held_out: text(held_out) }
}

impl SiteNotes {
    /// Only so many sentences of each part; whole documents.
    pub fn first(&self, training: usize, held_out: usize) -> Self {
        let [training, held_out] =
            [first_documents(&self.training, training), first_documents(&self.held_out, held_out)];
        Self { name: self.name.clone(), training, held_out }
    }

    /// Chooses both files in the page.
    pub async fn choose(&self, tab: &Tab) {
        let folder = tab.profile().files();
        let files = [("train.conll", &self.training), ("dev.conll", &self.held_out)].map(|(name, content)| {
            let file = folder.join(name);
            std::fs::write(&file, content).expect("the temporary folder can be written");
            file
        });
        tab.choose_files(&[&files[0], &files[1]]).await;
        let both = |s: &super::PageState| s.documents.training > 0 && s.documents.held_out > 0;
        let state = tab.until("there are notes to train and to score on", both).await;
        assert_eq!(state.documents.count as usize, self.documents(), "{}: every document is there", self.name);
        assert!(state.import_problems.is_empty(), "{}: {:?}", self.name, state.import_problems);
    }

    /// Number of documents in both parts.
    pub fn documents(&self) -> usize {
        [&self.training, &self.held_out].iter().map(|part| part.lines().filter(|l| l.starts_with("#doc")).count()).sum()
    }

    /// The label names.
    pub fn labels(&self) -> Vec<String> {
        let lines = self.training.lines().chain(self.held_out.lines());
        let tags = lines.filter_map(|line| line.split_once("\tB-"));
        let labels: std::collections::BTreeSet<_> = tags.map(|(_, label)| label.trim().to_owned()).collect();
        labels.into_iter().collect()
    }

    /// Every token of the notes.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.training.lines().chain(self.held_out.lines()).filter_map(|line| Some(line.split_once('\t')?.0))
    }
}

/// The first documents until there are enough sentences.
fn first_documents(text: &str, sentences: usize) -> String {
    let mut seen = 0;
    let mut part = String::new();
    for line in text.lines() {
        if line.starts_with("#doc") && seen >= sentences {
            break;
        }
        seen += usize::from(line.trim().is_empty());
        part.push_str(line);
        part.push('\n');
    }
    part
}
