//! CoNLL files: a token a line with its tag in the last of two or more columns.

mod builder;
mod flatten;
mod line;
mod read;
mod scheme;
mod write;

pub(super) use read::{looks_like, read};
pub(super) use write::write;
