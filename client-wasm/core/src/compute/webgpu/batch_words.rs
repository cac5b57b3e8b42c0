//! A batch as one list of 32-bit words for the device.

use fedner_kernels::PackedSentences;

use super::workspace::Dims;
use crate::batch::Batch;
use crate::compute::backend::StepInput;

/// A batch's words, and where its lists lie in them.
///
/// In order: each packed row's sentence, counted from 1, or 0 in empty rows; each row's gold tag; each row's embedding
/// rows; each sentence's first row; its length; which tags may start; which may follow which; each row's vector;
/// dropout masks; the uses of each row of the embedding table.
pub(super) struct BatchWords {
    pub words: Vec<u32>,
    /// Packed rows.
    pub rows: usize,
    pub sentences: usize,
    /// Tokens of the longest sentence.
    pub width: usize,
    /// Where the tokens' vectors begin.
    pub vectors_start: usize,
    /// Where the dropout masks begin, if there are any.
    pub masks_start: Option<usize>,
    /// Where the uses of the table's rows begin, when they were asked for.
    pub uses_start: usize,
}

impl BatchWords {
    /// The words of a batch; with `table_rows`, the uses of so many rows of the embedding table are listed, too.
    pub fn new(input: &StepInput, dims: Dims, table_rows: Option<usize>) -> Self {
        let batch = &input.batch;
        let packed = PackedSentences::new(&batch.lengths);
        let (rows, sentences, per_token) = (packed.rows(), batch.lengths.len(), dims.rows_per_token());
        let mut words = vec![0u32; rows * (2 + per_token)];
        for (sentence, tokens) in packed.token_rows().enumerate() {
            for (token, row) in tokens.enumerate() {
                words[row] = sentence as u32 + 1;
                words[rows + row] = batch.tags[sentence][token].index() as u32;
                let from = (sentence * batch.width + token) * per_token;
                let to = 2 * rows + row * per_token;
                let indices = batch.rows[from..from + per_token].iter().map(|index| *index as u32);
                words[to..to + per_token].iter_mut().zip(indices).for_each(|(to, index)| *to = index);
            }
        }
        words.extend(packed.token_rows().map(|tokens| tokens.start as u32));
        words.extend(batch.lengths.iter().map(|length| *length as u32));
        words.extend(input.labels.all_tags().map(|tag| u32::from(input.labels.may_start(tag))));
        let pairs = input.labels.all_tags().flat_map(|from| input.labels.all_tags().map(move |to| (from, to)));
        words.extend(pairs.map(|(from, to)| u32::from(input.labels.may_follow(from, to))));
        let vectors_start = words.len();
        list_vectors(&mut words, batch, &packed, dims);
        let masks_start = input.dropout.as_ref().map(|masks| {
            let start = words.len();
            words.extend(masks.iter().map(|mask| mask.to_bits()));
            start
        });
        let uses_start = words.len();
        if let Some(table_rows) = table_rows {
            list_uses(&mut words, rows, dims, table_rows);
        }
        Self { words, rows, sentences, width: batch.width, vectors_start, masks_start, uses_start }
    }
}

/// Appends the vector of each packed row; zeros in empty rows.
fn list_vectors(words: &mut Vec<u32>, batch: &Batch, packed: &PackedSentences, dims: Dims) {
    let size = dims.vectors;
    let start = words.len();
    words.resize(start + packed.rows() * size, 0);
    for (sentence, tokens) in packed.token_rows().enumerate() {
        let from = &batch.vectors[sentence * batch.width * size..][..tokens.len() * size];
        let to = &mut words[start + tokens.start * size..];
        to.iter_mut().zip(from).for_each(|(to, value)| *to = value.to_bits());
    }
}

/// Appends where each row of the table has its first use, the end of the last, and all uses in that order.
fn list_uses(words: &mut Vec<u32>, rows: usize, dims: Dims, table_rows: usize) {
    let per_token = dims.rows_per_token();
    let tokens: Vec<usize> = (0..rows).filter(|row| words[*row] != 0).collect();
    let start = words.len();
    words.resize(start + table_rows + 1 + tokens.len() * per_token, 0);
    let (lists_before, lists) = words.split_at_mut(start);
    let (firsts, uses) = lists.split_at_mut(table_rows + 1);
    let indices = |row: usize| lists_before[2 * rows + row * per_token..2 * rows + (row + 1) * per_token].iter();
    tokens.iter().flat_map(|row| indices(*row)).for_each(|index| firsts[*index as usize + 1] += 1);
    for row in 0..table_rows {
        firsts[row + 1] += firsts[row];
    }
    // Filling a row's uses advances its first use to the next row's; afterwards all are shifted back by one row.
    for row in tokens {
        for (at, index) in indices(row).enumerate() {
            let next = &mut firsts[*index as usize];
            uses[*next as usize] = (row * dims.features + at / dims.hashes) as u32;
            *next += 1;
        }
    }
    firsts.copy_within(0..table_rows, 1);
    firsts[0] = 0;
}
