//! brat's standoff form: a text in one file, annotations by code point in another beside it.

mod pair;
mod read;
mod write;

pub(super) use pair::{Role, is_configuration, roles};
pub(super) use read::read;
pub(super) use write::write;
