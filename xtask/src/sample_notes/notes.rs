//! Documents of a hospital: the notes written by hand, and generated ones up to the wanted number of sentences.

use std::collections::HashSet;

use anyhow::{Result, bail};

use super::conll;
use super::document::Document;
use super::grammar::{Grammar, Part, Sentence};
use super::hospital::Hospital;
use super::random::Random;

/// Sentences a hospital trains on, and is scored on.
const TRAIN_SENTENCES: usize = 200;
const HELD_OUT_SENTENCES: usize = 60;

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
}

/// Draws both parts; no sentence occurs twice.
pub fn generate(hospital: &Hospital, seed: u64) -> Result<Corpus> {
    let mut maker =
        Maker { hospital, grammar: Grammar::new(hospital.rules)?, random: Random::new(seed), seen: HashSet::new() };
    let (train, held_out) = hospital.written.split_at(hospital.written.len() - hospital.written_held_out);
    Ok(Corpus {
        train: maker.part(Part::Train, train, TRAIN_SENTENCES)?,
        held_out: maker.part(Part::HeldOut, held_out, HELD_OUT_SENTENCES)?,
    })
}

struct Maker<'h> {
    hospital: &'h Hospital,
    grammar: Grammar,
    random: Random,
    seen: HashSet<String>,
}

impl Maker<'_> {
    fn part(&mut self, part: Part, written: &[&[&str]], sentences: usize) -> Result<Vec<Document>> {
        let mut documents = Vec::new();
        let mut left = sentences;
        for note in written {
            let read = |text: &&str| self.grammar.read(text, part, &mut self.random);
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
            let mut sentence = self.grammar.draw(rule, part, &mut self.random)?;
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
        for hospital in HOSPITALS {
            let corpus = generate(hospital, 5)?;
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
        for hospital in HOSPITALS {
            let corpus = generate(hospital, 6)?;
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
        for hospital in HOSPITALS {
            for document in generate(hospital, 7)?.train {
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
        let text = |seed| Ok::<_, anyhow::Error>(conll::text(&generate(HOSPITALS[0], seed)?.train));
        assert_eq!(text(3)?, text(3)?);
        assert_ne!(text(3)?, text(4)?);
        Ok(())
    }
}
