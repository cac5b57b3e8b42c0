//! A pack's encoder, ready to read texts.

use std::ops::Range;

use fedner_protocol::{PretrainedEncoder, WORD_VECTOR_STEP};
use fedner_text::sentences;

use crate::forward::{Memory, Weights};
use crate::linear::Linear;
use crate::tokeniser::Tokeniser;
use crate::words::{Sequence, sequences};

/// Pieces that are read at once, where no sentence has more: enough that a layer's weights are used often, few enough that
/// the activations stay in the cache.
const PIECES_AT_ONCE: usize = 384;

/// A frozen encoder: texts in, a vector a word out.
#[derive(Debug, Clone)]
pub struct Encoder {
    pub(crate) tokeniser: Tokeniser,
    pub(crate) weights: Weights,
    /// Layers whose outputs are averaged, counted from 0.
    pub(crate) averaged: Range<usize>,
    pub(crate) positions: usize,
    /// From a word's mean to its vector.
    pub(crate) projection: Linear,
    pub(crate) identity: PretrainedEncoder,
    pub(crate) memory: Memory,
}

impl Encoder {
    /// Which encoder this is, as a model names it.
    pub fn identity(&self) -> &PretrainedEncoder {
        &self.identity
    }

    /// Width of a word's vector.
    pub fn vector_width(&self) -> usize {
        self.projection.outputs()
    }

    /// The vectors of a text's words, sentence after sentence as [`sentences`] cuts them, in steps of
    /// [`WORD_VECTOR_STEP`]. A word without any piece has a vector of zeros.
    pub fn read(&mut self, text: &str) -> Vec<i8> {
        let means = self.word_means(text);
        let mut projected = Vec::new();
        self.projection.forward(&means.values, &mut projected);
        let mut steps = Vec::with_capacity(projected.len());
        for (vector, pieces) in projected.chunks_exact(self.vector_width()).zip(&means.pieces) {
            let known = *pieces > 0;
            steps.extend(vector.iter().map(|value| {
                let step = (value / WORD_VECTOR_STEP).round().clamp(-127.0, 127.0);
                if known { step as i8 } else { 0 }
            }));
        }
        steps
    }

    /// What [`Encoder::read`] makes of each of several texts; short ones are read together.
    pub fn read_all(&mut self, texts: &[String]) -> Vec<Vec<i8>> {
        // A line break always ends a sentence, so that together they have the sentences that they have alone.
        let mut all = &self.read(&texts.join("\n"))[..];
        let width = self.vector_width();
        let split = texts.iter().map(|text| {
            let words: usize = sentences(text).iter().map(|sentence| sentence.tokens.len()).sum();
            let (own, rest) = all.split_at((words * width).min(all.len()));
            all = rest;
            own.to_vec()
        });
        split.collect()
    }

    /// The mean of each word's pieces.
    pub(crate) fn word_means(&mut self, text: &str) -> WordMeans {
        let (mut all, mut words) = (Vec::new(), 0);
        for sentence in sentences(text) {
            all.extend(sequences(text, &sentence, words, &self.tokeniser, self.positions));
            words += sentence.tokens.len();
        }
        let width = self.weights.width();
        let mut means = WordMeans { values: vec![0.0; words * width], pieces: vec![0; words] };
        let mut from = 0;
        while from < all.len() {
            let mut end = from + 1;
            let mut pieces = all[from].ids.len();
            while end < all.len() && pieces + all[end].ids.len() <= PIECES_AT_ONCE {
                pieces += all[end].ids.len();
                end += 1;
            }
            self.read_sequences(&all[from..end], &mut means);
            from = end;
        }
        for (mean, pieces) in means.values.chunks_exact_mut(width).zip(&means.pieces) {
            let share = 1.0 / (*pieces).max(1) as f32;
            mean.iter_mut().for_each(|value| *value *= share);
        }
        means
    }

    fn read_sequences(&mut self, all: &[Sequence], means: &mut WordMeans) {
        let ids: Vec<u32> = all.iter().flat_map(|sequence| sequence.ids.iter().copied()).collect();
        let places = all.iter().scan(0, |start, sequence| {
            let place = *start..*start + sequence.ids.len();
            *start = place.end;
            Some(place)
        });
        let places: Vec<Range<usize>> = places.collect();
        let hidden = self.weights.forward(&ids, &places, self.averaged.clone(), &mut self.memory);
        let width = self.weights.width();
        for (sequence, place) in all.iter().zip(&places) {
            for (piece, words) in sequence.words.iter().enumerate() {
                let at = place.start + 1 + piece;
                let state = &hidden[at * width..(at + 1) * width];
                for word in words.clone() {
                    means.pieces[word] += 1;
                    let mean = &mut means.values[word * width..(word + 1) * width];
                    mean.iter_mut().zip(state).for_each(|(mean, value)| *mean += value);
                }
            }
        }
    }
}

/// Each word's mean hidden state, and of how many pieces it is the mean.
pub(crate) struct WordMeans {
    /// `[words, width]`.
    pub values: Vec<f32>,
    pub pieces: Vec<u32>,
}
