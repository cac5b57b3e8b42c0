//! Self-attention of each sequence's pieces (Vaswani et al. 2017, arXiv 1706.03762).

use std::ops::Range;

use fedner_kernels::math::{dot, exp, sum, vectorised};

/// Writes to `out`, `[pieces, width]`, what each head gathers; `projected` holds each piece's query, key and value,
/// `[pieces, 3 · width]`. Sequences lie one behind the other and never see one another.
pub fn attend(out: &mut [f32], projected: &[f32], width: usize, heads: usize, sequences: &[Range<usize>]) {
    let mut weights = Vec::new();
    out.fill(0.0);
    vectorised(
        #[inline(always)]
        || {
            for sequence in sequences {
                weights.resize(sequence.len(), 0.0);
                for head in 0..heads {
                    one_head(
                        out,
                        projected,
                        width,
                        head * (width / heads)..(head + 1) * (width / heads),
                        sequence,
                        &mut weights,
                    );
                }
            }
        },
    );
}

#[inline(always)]
fn one_head(
    out: &mut [f32],
    projected: &[f32],
    width: usize,
    columns: Range<usize>,
    sequence: &Range<usize>,
    weights: &mut [f32],
) {
    let scale = 1.0 / (columns.len() as f32).sqrt();
    let part = |piece: usize, which: usize| {
        let start = (piece * 3 + which) * width;
        &projected[start + columns.start..start + columns.end]
    };
    for piece in sequence.clone() {
        let query = part(piece, 0);
        let mut highest = f32::NEG_INFINITY;
        for (weight, other) in weights.iter_mut().zip(sequence.clone()) {
            *weight = dot(query, part(other, 1)) * scale;
            highest = highest.max(*weight);
        }
        weights.iter_mut().for_each(|weight| *weight = exp(*weight - highest));
        let all = 1.0 / sum(weights);
        let out = &mut out[piece * width + columns.start..piece * width + columns.end];
        for (weight, other) in weights.iter().zip(sequence.clone()) {
            let weight = weight * all;
            out.iter_mut().zip(part(other, 2)).for_each(|(out, value)| *out += weight * value);
        }
    }
}
