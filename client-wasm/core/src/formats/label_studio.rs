//! Label Studio's tasks: its JSON and JSON-MIN exports in, tasks to import out.
//!
//! Offsets are code points in every version since 1.3 and UTF-16 code units before; the marked texts tell.

mod read;
mod write;

pub(super) use read::{read, recognise};
pub(super) use write::write;
