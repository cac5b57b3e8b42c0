//! Each token trained alone: what a conditional random field is compared with.

use fedner_kernels::log_sum;

use super::{Crf, MeanLoss};
use crate::labels::Tag;

impl Crf {
    /// As [`Crf::mean_loss`], but a sentence's loss is the sum of its tokens' cross entropies, whatever its neighbours are.
    /// The scores of one tag after another take no part, so their gradient is 0.
    pub fn mean_loss_of_tokens<'t>(
        &self,
        emissions: &[f32],
        sentences: impl ExactSizeIterator<Item = (usize, &'t [Tag])>,
    ) -> MeanLoss {
        let (share, k) = (1.0 / sentences.len() as f64, self.chain.tags());
        let scores = vec![0.0; 2 * k + k * k];
        let mut mean = MeanLoss { loss: 0.0, emissions: vec![0.0; emissions.len()], scores };
        for (first, gold) in sentences {
            for (token, &tag) in gold.iter().enumerate() {
                let range = (first + token) * k..(first + token + 1) * k;
                let scores: Vec<f64> = emissions[range.clone()].iter().copied().map(f64::from).collect();
                let whole = log_sum(scores.iter().copied());
                mean.loss += (whole - scores[tag.index()]) * share;
                for (other, (to, score)) in mean.emissions[range].iter_mut().zip(scores).enumerate() {
                    let gold = f64::from(u8::from(other == tag.index()));
                    *to = (((score - whole).exp() - gold) * share) as f32;
                }
            }
        }
        mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labels::LabelSet;

    fn tags(indices: &[usize]) -> Vec<Tag> {
        indices.iter().copied().map(Tag::from_index).collect()
    }

    #[test]
    fn loss_and_gradient_are_those_of_single_tokens() {
        let labels = LabelSet::new(vec!["A".to_owned()]).unwrap();
        let scores = vec![3.0; 15]; // take no part
        let crf = Crf::new(&labels, &scores);
        // Rows 1 and 3 belong to no sentence; the second sentence has tags that IOB2 would not allow after each other.
        let emissions: Vec<f32> = (0..18).map(|i| (i as f32 * 1.7).sin() * 3.0).collect();
        let gold = [tags(&[1]), tags(&[0, 2])];
        let sentences = || [(0, gold[0].as_slice()), (4, gold[1].as_slice())].into_iter();
        let mean = crf.mean_loss_of_tokens(&emissions, sentences());
        assert_eq!((mean.scores, &mean.emissions[3..12]), (vec![0.0; 15], [0.0; 9].as_slice()));
        for (at, gradient) in mean.emissions.iter().enumerate() {
            let loss = |by: f32| {
                let mut moved = emissions.clone();
                moved[at] += by;
                crf.mean_loss_of_tokens(&moved, sentences()).loss
            };
            let slope = (loss(0.01) - loss(-0.01)) / 0.02;
            assert!((slope - f64::from(*gradient)).abs() < 1e-4, "{at}: {slope} and {gradient}");
        }
        let even = crf.mean_loss_of_tokens(&[0.0; 18], sentences());
        assert!((even.loss - 1.5 * 3f64.ln()).abs() < 1e-9);
    }

    #[test]
    fn scores_far_apart_and_nan_give_the_exact_loss() {
        let labels = LabelSet::new(vec!["A".to_owned()]).unwrap();
        let scores = vec![0.0; 15];
        let crf = Crf::new(&labels, &scores);
        let loss =
            |emissions: &[f32]| crf.mean_loss_of_tokens(emissions, [(0, tags(&[1]).as_slice())].into_iter()).loss;
        assert!(loss(&[-500.0, 500.0, 0.0]).abs() < 1e-9);
        assert_eq!(loss(&[500.0, -500.0, 0.0]), 1000.0);
        assert!(loss(&[f32::NAN, 0.0, 0.0]).is_nan());
    }
}
