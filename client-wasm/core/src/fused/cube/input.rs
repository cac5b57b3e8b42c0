//! All that a batch says, as one list of words for the device.

use fedner_kernels::Packed;

use super::dims::Dims;
use crate::fused::StepInput;

/// A batch's words, and where in them things lie.
///
/// In order: each packed row's sentence, counted from 1, or 0 in empty rows; each row's gold tag; each row's embedding
/// rows; each sentence's first row; its length; which tags may start; which may follow which; dropout masks; the places
/// of each row of the table.
pub(super) struct Words {
    pub words: Vec<u32>,
    /// Packed rows.
    pub rows: usize,
    pub sentences: usize,
    /// Tokens of the longest sentence.
    pub width: usize,
    /// Where the dropout masks lie, if any.
    pub keep_at: Option<usize>,
    /// Where the places of each row of the table lie, when asked for.
    pub segments_at: usize,
}

impl Words {
    /// The words of a batch; `table_rows` says how many rows the table has whose places are listed.
    pub fn new(input: &StepInput, dims: Dims, table_rows: Option<usize>) -> Self {
        let batch = &input.batch;
        let packed = Packed::new(&batch.lengths);
        let (rows, sentences, per_token) = (packed.rows(), batch.lengths.len(), dims.rows_per_token());
        let mut words = vec![0u32; rows * (2 + per_token)];
        for (sentence, tokens) in packed.sentences().enumerate() {
            for (token, row) in tokens.enumerate() {
                words[row] = sentence as u32 + 1;
                words[rows + row] = batch.tags[sentence][token] as u32;
                let from = (sentence * batch.width + token) * per_token;
                let to = 2 * rows + row * per_token;
                let indices = batch.rows[from..from + per_token].iter().map(|index| *index as u32);
                words[to..to + per_token].iter_mut().zip(indices).for_each(|(to, index)| *to = index);
            }
        }
        words.extend(packed.sentences().map(|tokens| tokens.start as u32));
        words.extend(batch.lengths.iter().map(|length| *length as u32));
        words.extend((0..dims.tags).map(|tag| u32::from(input.labels.may_start(tag))));
        let pairs = (0..dims.tags).flat_map(|from| (0..dims.tags).map(move |to| (from, to)));
        words.extend(pairs.map(|(from, to)| u32::from(input.labels.may_follow(from, to))));
        let keep_at = input.keep.as_ref().map(|masks| {
            let at = words.len();
            words.extend(masks.iter().map(|mask| mask.to_bits()));
            at
        });
        let segments_at = words.len();
        if let Some(table_rows) = table_rows {
            list_places(&mut words, rows, dims, table_rows);
        }
        Self { words, rows, sentences, width: batch.width, keep_at, segments_at }
    }
}

/// Appends where each row of the table has its first place, the end of the last, and all places in that order.
fn list_places(words: &mut Vec<u32>, rows: usize, dims: Dims, table_rows: usize) {
    let per_token = dims.rows_per_token();
    let tokens: Vec<usize> = (0..rows).filter(|row| words[*row] != 0).collect();
    let segments = words.len();
    words.resize(segments + table_rows + 1 + tokens.len() * per_token, 0);
    let (said, lists) = words.split_at_mut(segments);
    let (firsts, places) = lists.split_at_mut(table_rows + 1);
    let indices = |row: usize| said[2 * rows + row * per_token..2 * rows + (row + 1) * per_token].iter();
    tokens.iter().flat_map(|row| indices(*row)).for_each(|index| firsts[*index as usize + 1] += 1);
    for row in 0..table_rows {
        firsts[row + 1] += firsts[row];
    }
    // Each row's first place moves on as it is filled, to the next row's; then all are moved back by one.
    for row in tokens {
        for (at, index) in indices(row).enumerate() {
            let next = &mut firsts[*index as usize];
            places[*next as usize] = (row * dims.features + at / dims.hashes) as u32;
            *next += 1;
        }
    }
    firsts.copy_within(0..table_rows, 1);
    firsts[0] = 0;
}
