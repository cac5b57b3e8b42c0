//! How many rows and sentences a batch has, and where its lists of them lie.

use cubecl::prelude::*;

use super::arguments::launch_arguments;
use super::workspace::Dims;

launch_arguments! {
    /// The sizes of a batch.
    pub(super) struct Sentences, SentencesLaunch {
        /// Packed rows.
        pub rows,
        /// Sentences.
        pub count,
        /// Tokens of the longest one.
        pub width,
    }
}

/// Where the list of the sentences' first rows begins; behind it is that of their lengths.
#[cube]
pub(super) fn first_rows_start(sentences: &Sentences, #[comptime] dims: Dims) -> usize {
    sentences.rows * comptime!(2 + dims.rows_per_token())
}
