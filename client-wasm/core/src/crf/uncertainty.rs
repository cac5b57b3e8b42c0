//! How uncertain a CRF is about a sentence, by measures of active learning for sequences (Settles and Craven 2008,
//! section 3).

use fedner_kernels::ForwardBackward;

/// Measures of a sentence's uncertainty, in nats; all are 0 where the model is certain.
///
/// They are of the model's own probabilities, whatever its temperature: the order of documents was measured with these,
/// and a site without held-out notes, whose model has no temperature, orders by the same.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Uncertainty {
    /// Tokens of the sentence.
    pub tokens: usize,
    /// `−ln p` of the best tag sequence: least confidence (Culotta and McCallum 2005).
    pub best_path: f64,
    /// The tokens' entropies, added up: total token entropy.
    pub token_entropy: f64,
    /// The largest of the tokens' entropies.
    pub token_entropy_max: f64,
}

impl Uncertainty {
    /// [`Self::best_path`] for each token: maximum normalised log probability (Shen et al. 2018). Documents to annotate
    /// are ordered by it: of the measures here it needed the fewest sentences, words and entities on development data
    /// (`cargo xtask annotation-simulation --scored dev --order all`).
    pub fn by_length(&self) -> f64 {
        self.best_path / self.tokens.max(1) as f64
    }

    /// Of the sums at the neutral temperature; `best_score` is the unnormalised log probability of the best sequence.
    pub(super) fn of(sums: &ForwardBackward<'_>, best_score: f64) -> Self {
        let marginals = sums.marginals();
        let tags = marginals.len() / sums.tokens().max(1);
        let entropies = marginals.chunks(tags.max(1)).map(entropy);
        let (sum, most) = entropies.fold((0.0, 0.0), |(sum, most): (f64, f64), e| (sum + e, most.max(e)));
        let best_path = sums.log_partition() - best_score;
        Self {
            tokens: sums.tokens(),
            // Where a device computes NaN, nothing is certain.
            best_path: if best_path.is_nan() { f64::INFINITY } else { best_path.max(0.0) },
            token_entropy: sum,
            token_entropy_max: most,
        }
    }
}

fn entropy(probabilities: &[f64]) -> f64 {
    probabilities.iter().filter(|p| **p > 0.0).map(|p| -p * p.ln()).sum()
}
