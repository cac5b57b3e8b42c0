//! PubTator's form: title and abstract in a line each, entities by code point in the lines after.

mod read;
mod write;

pub(super) use read::{looks_like, read};
pub(super) use write::write;
