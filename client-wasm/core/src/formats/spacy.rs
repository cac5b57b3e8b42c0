//! spaCy's JSON lines: `{"text": …, "entities": [[start, end, label]]}`, as `Example.from_dict` takes them.

mod write;

pub(super) use write::write;
