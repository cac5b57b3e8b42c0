//! Label Studio's tasks: its JSON and JSON-MIN exports and the annotations of its target storage in, tasks to import out.
//!
//! Offsets are code points in every version since 1.3 and UTF-16 code units before; the marked texts show which.

mod read;
mod regions;
mod task_text;
mod write;

use super::definition::Definition;

/// Label Studio.
pub(super) const FORMAT: Definition = Definition {
    name: "label-studio",
    title: "Label Studio JSON",
    extensions: &["json"],
    annotations: &[],
    recognise: read::recognise,
    read: read::read,
    write: Some(write::write),
    says_unread: true,
    keeps_details: true,
    advice: "export the project as JSON, with the text itself in the tasks' data and not an address of it",
};
