//! doccano's JSON lines: `{"text": …, "label": [[start, end, label]]}`.

mod write;

pub(super) use write::write;
