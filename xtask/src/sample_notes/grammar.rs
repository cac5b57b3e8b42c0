//! The notation of the grammars, and drawing a sentence from one.
//!
//! - `{rule}` is any alternative of that rule, or any word of that list;
//! - `[Label:…]` marks what is inside as an entity;
//! - `(a|b|)` is one of these, here also nothing;
//! - `\` before one of these signs means the sign itself.

use std::collections::HashMap;
use std::ops::Range;

use anyhow::{Context, Result, bail};

use super::hospitals::HOSPITALS;
use super::random::Random;
use super::words::{self, Words};

/// Rules within rules within rules: more is a rule that uses itself.
const DEPTH_MAX: usize = 12;

/// In held-out notes, how many of a hundred words come from the lists that training never uses.
const UNSEEN_PERCENT: usize = 5;

/// In held-out notes, how many of a hundred words this hospital has not met but the others have.
const ELSEWHERE_PERCENT: usize = 55;

/// How often another word is drawn in place of one that the sentence has already; a short list may leave no other.
const REPEATS_MAX: usize = 8;

/// For whom a sentence is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// For which of its notes.
    pub part: Part,
    /// The hospital's number.
    pub hospital: usize,
}

/// Which notes a sentence is drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Notes to train on.
    Train,
    /// Notes to score on.
    HeldOut,
}

/// A sentence and the entities in it, as byte ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sentence {
    /// As drawn; words are separated by one or more spaces.
    pub text: String,
    /// The marked ranges with their labels, in order.
    pub entities: Vec<(Range<usize>, String)>,
}

/// Parsed rules.
pub struct Grammar {
    rules: HashMap<&'static str, Vec<Vec<Node>>>,
}

enum Node {
    Text(String),
    Rule(String),
    Entity(String, Vec<Node>),
    Choice(Vec<Vec<Node>>),
}

impl Grammar {
    /// Parses all alternatives of all rules.
    pub fn new(rules: &[(&'static str, &'static [&'static str])]) -> Result<Grammar> {
        let parse_all = |alternatives: &[&str]| alternatives.iter().map(|text| parse(text)).collect::<Result<Vec<_>>>();
        let rules = rules.iter().map(|(name, alternatives)| Ok((*name, parse_all(alternatives)?)));
        Ok(Grammar { rules: rules.collect::<Result<_>>()? })
    }

    /// Draws a sentence from a rule.
    pub fn draw(&self, rule: &str, draw: Draw, random: &mut Random) -> Result<Sentence> {
        let mut drawing = Drawing { grammar: self, draw, random, words: Vec::new(), sentence: Sentence::default() };
        drawing.rule(rule, 0)?;
        Ok(drawing.sentence)
    }

    /// Reads a sentence written by hand; it may use entities, and rules too.
    pub fn read(&self, text: &str, draw: Draw, random: &mut Random) -> Result<Sentence> {
        let mut drawing = Drawing { grammar: self, draw, random, words: Vec::new(), sentence: Sentence::default() };
        drawing.nodes(&parse(text)?, 0).with_context(|| text.to_owned())?;
        Ok(drawing.sentence)
    }
}

/// Where a word is drawn from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// What the hospital's training notes have.
    Own,
    /// What only the other hospitals' training notes have.
    Elsewhere,
    /// What no training note has.
    Unseen,
}

struct Drawing<'a> {
    grammar: &'a Grammar,
    draw: Draw,
    random: &'a mut Random,
    /// Drawn so far: a word is not repeated in its sentence.
    words: Vec<&'static str>,
    sentence: Sentence,
}

impl Drawing<'_> {
    fn rule(&mut self, name: &str, depth: usize) -> Result<()> {
        if depth > DEPTH_MAX {
            bail!("the rule {name} is used inside itself");
        }
        let grammar = self.grammar;
        if let Some(alternatives) = grammar.rules.get(name) {
            let nodes = self.random.pick(alternatives);
            return self.nodes(nodes, depth).with_context(|| format!("in the rule {name}"));
        }
        let words = words::list(name).with_context(|| format!("there is no rule and no word list {name}"))?;
        let word = self.word(words);
        self.sentence.text.push_str(word);
        Ok(())
    }

    fn word(&mut self, words: &Words) -> &'static str {
        let source = self.source(words);
        let mut word = self.one_of(words, source);
        for _ in 0..REPEATS_MAX {
            if !self.words.contains(&word) {
                break;
            }
            word = self.one_of(words, source);
        }
        self.words.push(word);
        word
    }

    /// Decides where the next word is drawn from.
    fn source(&mut self, words: &Words) -> Source {
        let chance = self.random.below(100);
        match self.draw.part {
            Part::HeldOut if !words.unseen.is_empty() && chance < UNSEEN_PERCENT => Source::Unseen,
            Part::HeldOut if words.is_shared && chance < UNSEEN_PERCENT + ELSEWHERE_PERCENT => Source::Elsewhere,
            _ => Source::Own,
        }
    }

    /// A word; a third of the shared ones is missing in each hospital's training notes, another third in each.
    fn one_of(&mut self, words: &Words, source: Source) -> &'static str {
        if source == Source::Unseen {
            return self.random.pick::<&'static str>(words.unseen);
        }
        loop {
            let at = self.random.below(words.common.len());
            let is_elsewhere = words.is_shared && at % HOSPITALS.len() == self.draw.hospital;
            if is_elsewhere == (source == Source::Elsewhere) {
                return words.common[at];
            }
        }
    }

    fn nodes(&mut self, nodes: &[Node], depth: usize) -> Result<()> {
        for node in nodes {
            match node {
                Node::Text(text) => self.sentence.text.push_str(text),
                Node::Rule(name) => self.rule(name, depth + 1)?,
                Node::Choice(choices) => {
                    let chosen = self.random.pick(choices);
                    self.nodes(chosen, depth)?;
                }
                Node::Entity(label, inside) => {
                    let start = self.sentence.text.len();
                    self.nodes(inside, depth)?;
                    self.sentence.entities.push((start..self.sentence.text.len(), label.clone()));
                }
            }
        }
        Ok(())
    }
}

fn parse(text: &str) -> Result<Vec<Node>> {
    let mut parser = Parser { rest: text };
    let nodes = parser.sequence().with_context(|| format!("in {text:?}"))?;
    if !parser.rest.is_empty() {
        bail!("{:?} is left over in {text:?}", parser.rest);
    }
    Ok(nodes)
}

struct Parser<'t> {
    rest: &'t str,
}

impl Parser<'_> {
    /// Up to the end, or to a sign that closes or separates.
    fn sequence(&mut self) -> Result<Vec<Node>> {
        let mut nodes = Vec::new();
        loop {
            let text = self.literal()?;
            if !text.is_empty() {
                nodes.push(Node::Text(text));
            }
            match self.rest.chars().next() {
                None | Some('|' | ')' | ']' | '}') => return Ok(nodes),
                Some('{') => nodes.push(Node::Rule(self.until("{", "}")?)),
                Some('[') => {
                    let label = self.until("[", ":")?;
                    let inside = self.sequence()?;
                    self.take("]")?;
                    nodes.push(Node::Entity(label, inside));
                }
                Some(_) => nodes.push(self.choice()?),
            }
        }
    }

    fn literal(&mut self) -> Result<String> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices();
        while let Some((at, char)) = chars.next() {
            match char {
                '\\' => text.push(chars.next().context("nothing follows the last \\")?.1),
                '{' | '}' | '[' | ']' | '(' | ')' | '|' => {
                    self.rest = &self.rest[at..];
                    return Ok(text);
                }
                _ => text.push(char),
            }
        }
        self.rest = "";
        Ok(text)
    }

    fn choice(&mut self) -> Result<Node> {
        self.take("(")?;
        let mut choices = vec![self.sequence()?];
        while self.rest.starts_with('|') {
            self.take("|")?;
            choices.push(self.sequence()?);
        }
        self.take(")")?;
        Ok(Node::Choice(choices))
    }

    fn until(&mut self, open: &str, close: &str) -> Result<String> {
        self.take(open)?;
        let (name, rest) = self.rest.split_once(close).with_context(|| format!("{open} without {close}"))?;
        self.rest = rest;
        Ok(name.to_owned())
    }

    fn take(&mut self, sign: &str) -> Result<()> {
        self.rest =
            self.rest.strip_prefix(sign).with_context(|| format!("{sign} is missing before {:?}", self.rest))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRAIN: Draw = Draw { part: Part::Train, hospital: 0 };

    fn read(text: &str) -> Result<Sentence> {
        Grammar::new(&[("self", &["{self}"])])?.read(text, TRAIN, &mut Random::new(1))
    }

    #[test]
    fn entities_are_marked_where_they_stand() -> Result<()> {
        let sentence = read(r"On [Drug:digoxin] \([Dosage:62.5 (micrograms)]\).")?;
        assert_eq!(sentence.text, "On digoxin (62.5 micrograms).");
        assert_eq!(sentence.entities, [(3..10, "Drug".to_owned()), (12..27, "Dosage".to_owned())]);
        Ok(())
    }

    #[test]
    fn one_of_the_choices_is_drawn_and_each_can_be() -> Result<()> {
        let grammar = Grammar::new(&[("a", &["x(1|2|)y"])])?;
        let mut random = Random::new(7);
        let mut drawn = (0..40).map(|_| Ok(grammar.draw("a", TRAIN, &mut random)?.text)).collect::<Result<Vec<_>>>()?;
        drawn.sort();
        drawn.dedup();
        assert_eq!(drawn, ["x1y", "x2y", "xy"]);
        Ok(())
    }

    #[test]
    fn mistakes_in_a_grammar_are_told() {
        for wrong in ["(a", "a)", "[Drug", "[Drug:a", "{nothing}", "{self}", "\\"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
