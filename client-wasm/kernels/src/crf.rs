//! A linear-chain CRF (Lafferty et al. 2001): the forward-backward sums over all tag sequences, and the best sequence, in
//! `f64`.
//!
//! The sums of a token are logarithms, so that they don't overflow however long a sentence is. From one token to the next
//! they are multiplied with the exponentials of the transition scores, which are computed once per CRF: a token takes one
//! exponential per tag, not one per pair of tags.

use super::math::vectorised;

/// A sum below this may have lost terms that underflowed; it is computed again with [`log_sum`].
const SUM_MIN: f64 = 1e-200;
/// Exponentials of logarithms above this could overflow when they are multiplied.
const LN_MAX: f64 = 300.0;

/// The scores of a linear-chain CRF: unnormalised log probabilities. A score of minus infinity makes a start or a
/// transition impossible.
#[derive(Debug, Clone)]
pub struct LinearChainCrf {
    start: Vec<f64>,
    /// From one tag to the next, `[tags, tags]`.
    transitions: Vec<f64>,
    end: Vec<f64>,
    /// `e^(score − the largest score to the same tag)` of each transition, `[from, to]`.
    weights: Vec<f64>,
    /// The same, `[to, from]`.
    weights_transposed: Vec<f64>,
    /// The largest score of a transition to each tag.
    largest: Vec<f64>,
}

/// The forward and backward log sums over a sentence's tag sequences.
#[derive(Debug)]
pub struct ForwardBackward<'c> {
    crf: &'c LinearChainCrf,
    /// `[tokens, tags]`, as the sums.
    emissions: Vec<f64>,
    /// Over all prefixes that end in a tag, its emission included.
    forward: Vec<f64>,
    /// Over all suffixes after a tag, its emission not included.
    backward: Vec<f64>,
    log_partition: f64,
}

impl LinearChainCrf {
    /// A CRF with the scores of a first tag, `[tags]`, of one tag after another, `[from, to]`, and of a last tag, `[tags]`.
    ///
    /// # Panics
    /// When these are not the sizes, or there is no tag.
    pub fn new(start: Vec<f64>, transitions: Vec<f64>, end: Vec<f64>) -> Self {
        let tags = start.len();
        assert!(transitions.len() == tags * tags && end.len() == tags, "the scores are of {tags} tags");
        let mut largest = vec![f64::NEG_INFINITY; tags];
        for row in transitions.chunks_exact(tags) {
            largest.iter_mut().zip(row).for_each(|(largest, score)| *largest = largest.max(*score));
        }
        // No transition to this tag is possible.
        largest.iter_mut().filter(|largest| **largest == f64::NEG_INFINITY).for_each(|largest| *largest = 0.0);
        let (mut weights, mut weights_transposed) = (transitions.clone(), transitions.clone());
        for (from, row) in weights.chunks_exact_mut(tags).enumerate() {
            for (to, (weight, largest)) in row.iter_mut().zip(&largest).enumerate() {
                *weight = (*weight - largest).exp();
                weights_transposed[to * tags + from] = *weight;
            }
        }
        Self { start, transitions, end, weights, weights_transposed, largest }
    }

    /// The CRF whose scores are these times a factor.
    pub fn scaled(&self, factor: f64) -> Self {
        let scale = |scores: &[f64]| scores.iter().map(|score| score * factor).collect();
        Self::new(scale(&self.start), scale(&self.transitions), scale(&self.end))
    }

    /// Tags that a token may have.
    pub fn tags(&self) -> usize {
        self.start.len()
    }

    /// The score of a first tag.
    pub fn start(&self, tag: usize) -> f64 {
        self.start[tag]
    }

    /// The score of one tag after another.
    pub fn transition(&self, from: usize, to: usize) -> f64 {
        self.transitions[from * self.tags() + to]
    }

    /// The score of a last tag.
    pub fn end(&self, tag: usize) -> f64 {
        self.end[tag]
    }

    /// The sums over the tag sequences of a sentence of at least one token, from its emission scores, `[tokens, tags]`.
    pub fn forward_backward(&self, emissions: Vec<f64>) -> ForwardBackward<'_> {
        let mut sums = ForwardBackward {
            forward: vec![0.0; emissions.len()],
            backward: vec![0.0; emissions.len()],
            crf: self,
            emissions,
            log_partition: 0.0,
        };
        vectorised(
            #[inline(always)]
            || sums.compute(),
        );
        sums
    }

    /// The sequence with the highest score (Viterbi 1967). Of equal scores the lower tag wins, and NaN never wins, so there
    /// is always a sequence.
    pub fn viterbi(&self, emissions: &[f64]) -> Vec<usize> {
        let tags = self.tags();
        let mut back = vec![0u32; emissions.len()];
        let mut scores: Vec<f64> = self.start.iter().zip(emissions).map(|(start, emission)| start + emission).collect();
        let mut next = vec![0.0; tags];
        vectorised(
            #[inline(always)]
            || {
                for (emissions, back) in emissions.chunks_exact(tags).zip(back.chunks_exact_mut(tags)).skip(1) {
                    next.fill(f64::NEG_INFINITY);
                    for (from, (score, row)) in scores.iter().zip(self.transitions.chunks_exact(tags)).enumerate() {
                        for ((next, back), transition) in next.iter_mut().zip(back.iter_mut()).zip(row) {
                            let candidate = score + transition;
                            let better = candidate > *next;
                            *next = if better { candidate } else { *next };
                            *back = if better { from as u32 } else { *back };
                        }
                    }
                    scores.iter_mut().zip(next.iter().zip(emissions)).for_each(|(to, (next, e))| *to = next + e);
                }
            },
        );
        let finals = scores.iter().zip(&self.end).map(|(score, end)| score + end).enumerate();
        let last = finals.fold((0, f64::NEG_INFINITY), |best, x| if x.1 > best.1 { x } else { best }).0;
        let mut sequence = vec![last; emissions.len() / tags];
        for token in (1..sequence.len()).rev() {
            sequence[token - 1] = back[token * tags + sequence[token]] as usize;
        }
        sequence
    }
}

impl ForwardBackward<'_> {
    /// Tokens of the sentence.
    pub fn tokens(&self) -> usize {
        self.emissions.len() / self.crf.tags()
    }

    /// Tags that a token may have.
    pub fn tags(&self) -> usize {
        self.crf.tags()
    }

    /// The log sum over all sequences.
    pub fn log_partition(&self) -> f64 {
        self.log_partition
    }

    /// The log sum over all prefixes that end in a tag at a token, its emission included.
    pub fn forward(&self, token: usize, tag: usize) -> f64 {
        self.forward[token * self.crf.tags() + tag]
    }

    /// The log sum over all suffixes after a tag at a token, its emission not included.
    pub fn backward(&self, token: usize, tag: usize) -> f64 {
        self.backward[token * self.crf.tags() + tag]
    }

    /// The score of tag `to` at `token` after the tag `from`, its emission included.
    pub fn transition_and_emission(&self, from: usize, token: usize, to: usize) -> f64 {
        self.crf.transition(from, to) + self.emissions[token * self.crf.tags() + to]
    }

    /// The probability of each tag at each token, `[tokens, tags]`.
    pub fn marginals(&self) -> Vec<f64> {
        self.forward.iter().zip(&self.backward).map(|(f, b)| (f + b - self.log_partition).exp()).collect()
    }

    /// Adds the expected number of each transition to `counts`, `[tags, tags]`.
    pub fn add_pair_marginals(&self, counts: &mut [f64]) {
        let tags = self.crf.tags();
        let (mut before, mut after) = (vec![0.0; tags], vec![0.0; tags]);
        vectorised(
            #[inline(always)]
            || {
                for token in 1..self.tokens() {
                    let from =
                        exponentials(&mut before, self.forward[(token - 1) * tags..token * tags].iter().copied());
                    let to = exponentials(&mut after, self.backward_from(token));
                    let most = from + to - self.log_partition;
                    if most < LN_MAX {
                        let whole = most.exp();
                        let rows = counts.chunks_exact_mut(tags).zip(self.crf.weights.chunks_exact(tags));
                        for ((counts, weights), before) in rows.zip(&before) {
                            let share = before * whole;
                            let terms = weights.iter().zip(&after).map(|(weight, after)| weight * after * share);
                            counts.iter_mut().zip(terms).for_each(|(count, term)| *count += term);
                        }
                    } else {
                        self.add_pair_marginals_of(token, counts);
                    }
                }
            },
        );
    }

    /// The same for one token, pair by pair: where the likeliest tags of two tokens must not follow each other, the product
    /// of their sums overflows, though the probability of no pair does.
    fn add_pair_marginals_of(&self, token: usize, counts: &mut [f64]) {
        let tags = self.crf.tags();
        for (pair, count) in counts.iter_mut().enumerate() {
            let (from, to) = (pair / tags, pair % tags);
            let path = self.forward(token - 1, from)
                + self.transition_and_emission(from, token, to)
                + self.backward(token, to);
            *count += (path - self.log_partition).exp();
        }
    }

    /// The backward sum of each tag of a token, with its emission and its largest transition.
    #[inline(always)]
    fn backward_from(&self, token: usize) -> impl Iterator<Item = f64> {
        let range = token * self.crf.tags()..(token + 1) * self.crf.tags();
        let own = self.emissions[range.clone()].iter().zip(&self.backward[range]);
        own.zip(&self.crf.largest).map(|((emission, backward), largest)| emission + backward + largest)
    }

    #[inline(always)]
    fn compute(&mut self) {
        let (mut scales, mut sums) = (vec![0.0; self.crf.tags()], vec![0.0; self.crf.tags()]);
        let starts = self.crf.start.iter().zip(&self.emissions).map(|(start, emission)| start + emission);
        self.forward.iter_mut().zip(starts).for_each(|(to, score)| *to = score);
        for token in 1..self.tokens() {
            self.forward_step(token, &mut scales, &mut sums);
        }
        let last = self.emissions.len() - self.crf.tags();
        self.backward[last..].copy_from_slice(&self.crf.end);
        for token in (1..self.tokens()).rev() {
            self.backward_step(token, &mut scales, &mut sums);
        }
        let whole = self.forward[last..].iter().zip(&self.crf.end).map(|(forward, end)| forward + end);
        self.log_partition = log_sum(whole);
    }

    /// The forward sums of a token from those of the one before.
    #[inline(always)]
    fn forward_step(&mut self, token: usize, scales: &mut [f64], sums: &mut [f64]) {
        let (crf, tags) = (self.crf, self.crf.tags());
        let (before, here) = self.forward.split_at_mut(token * tags);
        let before = &before[(token - 1) * tags..];
        let most = exponentials(scales, before.iter().copied());
        multiply(sums, scales, &crf.weights);
        let emissions = &self.emissions[token * tags..];
        for (to, ((here, sum), emission)) in here.iter_mut().zip(&*sums).zip(&emissions[..tags]).enumerate() {
            let sum = if *sum < SUM_MIN {
                log_sum(before.iter().enumerate().map(|(from, score)| score + crf.transition(from, to)))
            } else {
                most + sum.ln() + crf.largest[to]
            };
            *here = sum + emission;
        }
    }

    /// The backward sums of the token before from those of a token.
    #[inline(always)]
    fn backward_step(&mut self, token: usize, scales: &mut [f64], sums: &mut [f64]) {
        let tags = self.crf.tags();
        let most = exponentials(scales, self.backward_from(token));
        multiply(sums, scales, &self.crf.weights_transposed);
        for (from, sum) in sums.iter().enumerate() {
            self.backward[(token - 1) * tags + from] = if *sum < SUM_MIN {
                log_sum((0..tags).map(|to| self.transition_and_emission(from, token, to) + self.backward(token, to)))
            } else {
                most + sum.ln()
            };
        }
    }
}

/// `e^(x − largest)` of each; returns the largest, or 0 where all are minus infinity.
#[inline(always)]
fn exponentials(out: &mut [f64], values: impl Iterator<Item = f64>) -> f64 {
    out.iter_mut().zip(values).for_each(|(out, value)| *out = value);
    let largest = out.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let largest = if largest == f64::NEG_INFINITY { 0.0 } else { largest };
    out.iter_mut().for_each(|x| *x = (*x - largest).exp());
    largest
}

/// `out = factors · rows`.
#[inline(always)]
fn multiply(out: &mut [f64], factors: &[f64], rows: &[f64]) {
    out.fill(0.0);
    for (factor, row) in factors.iter().zip(rows.chunks_exact(out.len())) {
        out.iter_mut().zip(row).for_each(|(out, x)| *out += factor * x);
    }
}

/// `ln Σ eˣ`, without overflow.
pub fn log_sum(terms: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = terms.clone().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + terms.map(|x| (x - largest).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests;
