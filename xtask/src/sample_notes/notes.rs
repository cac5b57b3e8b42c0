//! Documents of a hospital: the notes written by hand, and generated ones up to the wanted number of sentences.

use std::collections::HashSet;

use anyhow::{Result, bail};

use super::conll;
use super::document::Document;
use super::grammar::{Draw, Grammar, Part, Sentence};
use super::hospital::Hospital;
use super::random::Random;

/// Sentences a hospital trains on, and is scored on.
const TRAIN_SENTENCES: usize = 100;
const HELD_OUT_SENTENCES: usize = 100;

/// Sentences that nobody trains on or chooses by, for the experiment.
const TEST_SENTENCES: usize = 300;

/// Sentences of a generated document.
const SENTENCES_MIN: usize = 3;
const SENTENCES_MAX: usize = 8;

/// Tries to draw a sentence that is not there yet; a grammar that fails here is too small.
const TRIES: usize = 200;

/// Of a hundred sentences, so many keep a small first letter, and so many are in capitals.
const SMALL_PERCENT: usize = 8;
const CAPITALS_PERCENT: usize = 3;

/// What a hospital has.
pub struct Corpus {
    /// Notes to train on.
    pub train: Vec<Document>,
    /// Notes to score on; none of their sentences is in a training note.
    pub held_out: Vec<Document>,
    /// More of these, for the experiment.
    pub test: Vec<Document>,
}

/// Draws all parts; no sentence occurs twice.
pub fn generate(hospital: &Hospital, number: usize, seed: u64) -> Result<Corpus> {
    let mut maker = Maker {
        hospital,
        number,
        grammar: Grammar::new(hospital.rules)?,
        random: Random::new(seed),
        seen: HashSet::new(),
    };
    let (train, held_out) = hospital.written.split_at(hospital.written.len() - hospital.written_held_out);
    Ok(Corpus {
        train: maker.part(Part::Train, train, TRAIN_SENTENCES)?,
        held_out: maker.part(Part::HeldOut, held_out, HELD_OUT_SENTENCES)?,
        test: maker.part(Part::HeldOut, &[], TEST_SENTENCES)?,
    })
}

struct Maker<'h> {
    hospital: &'h Hospital,
    number: usize,
    grammar: Grammar,
    random: Random,
    seen: HashSet<String>,
}

impl Maker<'_> {
    fn part(&mut self, part: Part, written: &[&[&str]], sentences: usize) -> Result<Vec<Document>> {
        let mut documents = Vec::new();
        let mut left = sentences;
        for note in written {
            let read = |text: &&str| self.grammar.read(text, Draw { part, hospital: self.number }, &mut self.random);
            let note = note.iter().map(read).collect::<Result<Vec<_>>>()?;
            left = left.saturating_sub(note.len());
            self.seen.extend(note.iter().map(key));
            documents.push(note);
        }
        while left > 0 {
            let size = self.size(left);
            left -= size;
            documents.push(self.document(part, size)?);
        }
        let name = if part == Part::Train { "train" } else { "held-out" };
        let id = |number: usize| format!("{}-{name}-{:03}", self.hospital.id, number + 1);
        let named = documents.into_iter().enumerate().map(|(number, sentences)| Document { id: id(number), sentences });
        Ok(named.collect())
    }

    /// Never leaves a rest that is too small for a document.
    fn size(&mut self, left: usize) -> usize {
        if left <= SENTENCES_MAX {
            return left;
        }
        let size = SENTENCES_MIN + self.random.below(SENTENCES_MAX - SENTENCES_MIN + 1);
        size.min(left - SENTENCES_MIN)
    }

    fn document(&mut self, part: Part, size: usize) -> Result<Vec<Sentence>> {
        let rule = |index: usize| match index {
            0 => "opening",
            _ if index + 1 == size => "closing",
            _ => "body",
        };
        (0..size).map(|index| self.sentence(rule(index), part)).collect()
    }

    fn sentence(&mut self, rule: &str, part: Part) -> Result<Sentence> {
        for _ in 0..TRIES {
            let mut sentence = self.grammar.draw(rule, Draw { part, hospital: self.number }, &mut self.random)?;
            if self.seen.insert(key(&sentence)) {
                self.case(&mut sentence.text);
                return Ok(sentence);
            }
        }
        bail!("{}: {TRIES} sentences of the rule {rule} were all there already", self.hospital.id)
    }

    fn case(&mut self, text: &mut str) {
        let chance = self.random.below(100);
        match chance {
            _ if chance < CAPITALS_PERCENT => text.make_ascii_uppercase(),
            _ if chance < CAPITALS_PERCENT + SMALL_PERCENT => {}
            _ => {
                if let Some(first) = text.get_mut(..1) {
                    first.make_ascii_uppercase();
                }
            }
        }
    }
}

/// Sentences are the same when their tokens are, whatever the case.
fn key(sentence: &Sentence) -> String {
    let tokens = conll::tagged(sentence).into_iter().map(|(token, _)| token.to_lowercase());
    tokens.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::hospitals::HOSPITALS;
    use super::*;

    #[test]
    fn no_held_out_sentence_is_trained_on() -> Result<()> {
        for (number, hospital) in HOSPITALS.into_iter().enumerate() {
            let corpus = generate(hospital, number, 5)?;
            let keys = |documents: &[Document]| {
                documents.iter().flat_map(|document| document.sentences.iter().map(key)).collect::<HashSet<_>>()
            };
            let (train, held_out) = (keys(&corpus.train), keys(&corpus.held_out));
            assert_eq!(train.intersection(&held_out).count(), 0);
            assert_eq!((train.len(), held_out.len()), (TRAIN_SENTENCES, HELD_OUT_SENTENCES), "{}", hospital.id);
        }
        Ok(())
    }

    #[test]
    fn documents_have_three_to_eight_sentences_and_only_the_hospital_s_labels() -> Result<()> {
        for (number, hospital) in HOSPITALS.into_iter().enumerate() {
            let corpus = generate(hospital, number, 6)?;
            for document in corpus.train.iter().chain(&corpus.held_out) {
                assert!((SENTENCES_MIN..=SENTENCES_MAX).contains(&document.sentences.len()), "{}", document.id);
                for (_, label) in document.sentences.iter().flat_map(|sentence| &sentence.entities) {
                    assert!(hospital.labels.contains(&label.as_str()), "{} {label}", document.id);
                }
            }
        }
        Ok(())
    }

    #[test]
    fn every_entity_starts_and_ends_at_a_token() -> Result<()> {
        for (number, hospital) in HOSPITALS.into_iter().enumerate() {
            for document in generate(hospital, number, 7)?.train {
                for sentence in &document.sentences {
                    let begins = conll::tagged(sentence).iter().filter(|(_, tag)| tag.starts_with("B-")).count();
                    assert_eq!(begins, sentence.entities.len(), "{}", sentence.text);
                }
            }
        }
        Ok(())
    }

    #[test]
    fn the_same_seed_gives_the_same_notes() -> Result<()> {
        let text = |seed| Ok::<_, anyhow::Error>(conll::text(&generate(HOSPITALS[0], 0, seed)?.train));
        assert_eq!(text(3)?, text(3)?);
        assert_ne!(text(3)?, text(4)?);
        Ok(())
    }
    #[test]
    fn what_a_hospital_has_not_met_the_others_have() -> Result<()> {
        let texts = |part: fn(&Corpus) -> &Vec<Document>| -> Result<Vec<String>> {
            let text = |(number, hospital)| Ok(conll::text(part(&generate(hospital, number, 8)?)).to_lowercase());
            HOSPITALS.into_iter().enumerate().map(text).collect()
        };
        let (train, held_out) = (texts(|corpus| &corpus.train)?, texts(|corpus| &corpus.held_out)?);
        // Single words of the list of drugs, which all three draw from.
        let drugs = super::super::words::list("drug").map(|words| words.common).unwrap_or_default();
        let has = |text: &str, drug: &str| text.contains(&format!("\n{drug}\t"));
        for hospital in 0..HOSPITALS.len() {
            let new = drugs.iter().filter(|drug| has(&held_out[hospital], drug) && !has(&train[hospital], drug));
            let elsewhere =
                |drug: &&&str| (0..HOSPITALS.len()).any(|other| other != hospital && has(&train[other], drug));
            let (all, known) = (new.clone().count(), new.filter(elsewhere).count());
            assert!(all >= 3 && known * 4 >= all * 3, "{hospital}: {known} of {all} drugs are known elsewhere");
        }
        Ok(())
    }
}
