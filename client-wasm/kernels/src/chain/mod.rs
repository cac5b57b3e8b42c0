//! Sums over all tag sequences of a linear chain, and the best of them, in `f64`.
//!
//! What is carried from token to token are logarithms, so that nothing overflows however long a sentence is. Between two
//! tokens the sums are products with the weights of the transitions, which are made once for a chain: an exponential for
//! each tag of a token, not for each pair of tags.

use super::math::wide;

/// A sum below this may have lost terms that were too small for an `f64`; it is taken anew in logarithms.
const SUM_MIN: f64 = 1e-200;
/// A logarithm above this has no exponential that leaves room for products.
const LN_MAX: f64 = 300.0;

/// The scores of a linear chain: unnormalised log probabilities. A score of minus infinity makes a start or a transition
/// impossible.
#[derive(Debug, Clone)]
pub struct Chain {
    start: Vec<f64>,
    /// From one tag to the next, `[tags, tags]`.
    transitions: Vec<f64>,
    end: Vec<f64>,
    /// `e^(score − the largest score to the same tag)` of each transition, and the same turned.
    weights: Vec<f64>,
    turned: Vec<f64>,
    /// The largest score of a transition to each tag.
    largest: Vec<f64>,
}

/// Log sums over a sentence's tag sequences.
#[derive(Debug)]
pub struct ChainSums<'c> {
    chain: &'c Chain,
    /// `[tokens, tags]`, as the others.
    emissions: Vec<f64>,
    /// Over all prefixes that end in a tag, its emission included.
    forward: Vec<f64>,
    /// Over all suffixes after a tag, its emission not included.
    backward: Vec<f64>,
    log_partition: f64,
}

impl Chain {
    /// A chain that begins with `start`, `[tags]`, goes on with `transitions`, `[tags, tags]`, and stops with `end`, `[tags]`.
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
        // A tag that nothing leads to.
        largest.iter_mut().filter(|largest| **largest == f64::NEG_INFINITY).for_each(|largest| *largest = 0.0);
        let (mut weights, mut turned) = (transitions.clone(), transitions.clone());
        for (from, row) in weights.chunks_exact_mut(tags).enumerate() {
            for (to, (weight, largest)) in row.iter_mut().zip(&largest).enumerate() {
                *weight = (*weight - largest).exp();
                turned[to * tags + from] = *weight;
            }
        }
        Self { start, transitions, end, weights, turned, largest }
    }

    /// The chain whose scores are these times a factor.
    pub fn scaled(&self, factor: f64) -> Self {
        let scale = |scores: &[f64]| scores.iter().map(|score| score * factor).collect();
        Self::new(scale(&self.start), scale(&self.transitions), scale(&self.end))
    }

    /// Tags that a token may have.
    pub fn tags(&self) -> usize {
        self.start.len()
    }

    /// The score of beginning with a tag.
    pub fn start(&self, tag: usize) -> f64 {
        self.start[tag]
    }

    /// The score of one tag after another.
    pub fn transition(&self, from: usize, to: usize) -> f64 {
        self.transitions[from * self.tags() + to]
    }

    /// The score of stopping with a tag.
    pub fn end(&self, tag: usize) -> f64 {
        self.end[tag]
    }

    /// The sums over the tag sequences of a sentence of at least one token; emissions are `[tokens, tags]`.
    pub fn sums(&self, emissions: Vec<f64>) -> ChainSums<'_> {
        let mut sums = ChainSums {
            forward: vec![0.0; emissions.len()],
            backward: vec![0.0; emissions.len()],
            chain: self,
            emissions,
            log_partition: 0.0,
        };
        wide(
            #[inline(always)]
            || sums.fill(),
        );
        sums
    }

    /// The sequence with the highest score (Viterbi 1967). Of equals it is the one with the lower tags, and what is no number
    /// is never the highest, so there is always a sequence.
    pub fn best(&self, emissions: &[f64]) -> Vec<usize> {
        let tags = self.tags();
        let mut back = vec![0u32; emissions.len()];
        let mut scores: Vec<f64> = self.start.iter().zip(emissions).map(|(start, emission)| start + emission).collect();
        let mut next = vec![0.0; tags];
        wide(
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

impl ChainSums<'_> {
    /// Tokens of the sentence.
    pub fn tokens(&self) -> usize {
        self.emissions.len() / self.chain.tags()
    }

    /// Tags that a token may have.
    pub fn tags(&self) -> usize {
        self.chain.tags()
    }

    /// The log sum over all sequences.
    pub fn log_partition(&self) -> f64 {
        self.log_partition
    }

    /// The log sum over all prefixes that end in a tag at a token, its emission included.
    pub fn forward(&self, token: usize, tag: usize) -> f64 {
        self.forward[token * self.chain.tags() + tag]
    }

    /// The log sum over all suffixes after a tag at a token, its emission not included.
    pub fn backward(&self, token: usize, tag: usize) -> f64 {
        self.backward[token * self.chain.tags() + tag]
    }

    /// The score of going from a tag to one of token `token`, its emission included.
    pub fn step(&self, from: usize, token: usize, to: usize) -> f64 {
        self.chain.transition(from, to) + self.emissions[token * self.chain.tags() + to]
    }

    /// The probability of each tag at each token, `[tokens, tags]`.
    pub fn marginals(&self) -> Vec<f64> {
        self.forward.iter().zip(&self.backward).map(|(f, b)| (f + b - self.log_partition).exp()).collect()
    }

    /// Adds the expected number of each transition to `counts`, `[tags, tags]`.
    pub fn add_pair_marginals(&self, counts: &mut [f64]) {
        let tags = self.chain.tags();
        let (mut before, mut after) = (vec![0.0; tags], vec![0.0; tags]);
        wide(
            #[inline(always)]
            || {
                for token in 1..self.tokens() {
                    let from = powers(&mut before, self.forward[(token - 1) * tags..token * tags].iter().copied());
                    let to = powers(&mut after, self.onward(token));
                    let most = from + to - self.log_partition;
                    if most < LN_MAX {
                        let whole = most.exp();
                        let rows = counts.chunks_exact_mut(tags).zip(self.chain.weights.chunks_exact(tags));
                        for ((counts, weights), before) in rows.zip(&before) {
                            let share = before * whole;
                            let terms = weights.iter().zip(&after).map(|(weight, after)| weight * after * share);
                            counts.iter_mut().zip(terms).for_each(|(count, term)| *count += term);
                        }
                    } else {
                        self.add_pairs_exactly(token, counts);
                    }
                }
            },
        );
    }

    /// The same for one token: where the likeliest tags of two tokens must not follow each other, their product is beyond
    /// all numbers, though that of no pair is.
    fn add_pairs_exactly(&self, token: usize, counts: &mut [f64]) {
        let tags = self.chain.tags();
        for (pair, count) in counts.iter_mut().enumerate() {
            let (from, to) = (pair / tags, pair % tags);
            let path = self.forward(token - 1, from) + self.step(from, token, to) + self.backward(token, to);
            *count += (path - self.log_partition).exp();
        }
    }

    /// What each tag of a token has from its largest transition on.
    #[inline(always)]
    fn onward(&self, token: usize) -> impl Iterator<Item = f64> {
        let place = token * self.chain.tags()..(token + 1) * self.chain.tags();
        let own = self.emissions[place.clone()].iter().zip(&self.backward[place]);
        own.zip(&self.chain.largest).map(|((emission, backward), largest)| emission + backward + largest)
    }

    #[inline(always)]
    fn fill(&mut self) {
        let (mut scales, mut sums) = (vec![0.0; self.chain.tags()], vec![0.0; self.chain.tags()]);
        let starts = self.chain.start.iter().zip(&self.emissions).map(|(start, emission)| start + emission);
        self.forward.iter_mut().zip(starts).for_each(|(to, score)| *to = score);
        for token in 1..self.tokens() {
            self.go_on(token, &mut scales, &mut sums);
        }
        let last = self.emissions.len() - self.chain.tags();
        self.backward[last..].copy_from_slice(&self.chain.end);
        for token in (1..self.tokens()).rev() {
            self.go_back(token, &mut scales, &mut sums);
        }
        let whole = self.forward[last..].iter().zip(&self.chain.end).map(|(forward, end)| forward + end);
        self.log_partition = log_sum(whole);
    }

    /// The forward sums of a token from those of the one before.
    #[inline(always)]
    fn go_on(&mut self, token: usize, scales: &mut [f64], sums: &mut [f64]) {
        let (chain, tags) = (self.chain, self.chain.tags());
        let (before, here) = self.forward.split_at_mut(token * tags);
        let before = &before[(token - 1) * tags..];
        let most = powers(scales, before.iter().copied());
        multiply(sums, scales, &chain.weights);
        let emissions = &self.emissions[token * tags..];
        for (to, ((here, sum), emission)) in here.iter_mut().zip(&*sums).zip(&emissions[..tags]).enumerate() {
            let sum = if *sum < SUM_MIN {
                log_sum(before.iter().enumerate().map(|(from, score)| score + chain.transition(from, to)))
            } else {
                most + sum.ln() + chain.largest[to]
            };
            *here = sum + emission;
        }
    }

    /// The backward sums of the token before from those of a token.
    #[inline(always)]
    fn go_back(&mut self, token: usize, scales: &mut [f64], sums: &mut [f64]) {
        let tags = self.chain.tags();
        let most = powers(scales, self.onward(token));
        multiply(sums, scales, &self.chain.turned);
        for (from, sum) in sums.iter().enumerate() {
            self.backward[(token - 1) * tags + from] = if *sum < SUM_MIN {
                log_sum((0..tags).map(|to| self.step(from, token, to) + self.backward(token, to)))
            } else {
                most + sum.ln()
            };
        }
    }
}

/// `e^(x − the largest)` of each; returns the largest, or 0 where all are minus infinity.
#[inline(always)]
fn powers(out: &mut [f64], values: impl Iterator<Item = f64>) -> f64 {
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
