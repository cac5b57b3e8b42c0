//! Files that are handed to the person.

use serde::Serialize;

/// A written file without its bytes, which the page gets as a `Uint8Array` beside it.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct WrittenFile<'a> {
    /// A name to suggest.
    pub name: &'a str,
    /// Its media type.
    pub media_type: &'a str,
    /// What the format can't express.
    problems: Vec<WriteProblemReport>,
}

/// Something that a format can't express.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "WriteProblem"))]
pub(crate) struct WriteProblemReport {
    document: String,
    message: String,
}

impl<'a> WrittenFile<'a> {
    /// A file with a name to suggest and its media type, which holds everything.
    pub fn new(name: &'a str, media_type: &'a str) -> Self {
        Self { name, media_type, problems: Vec::new() }
    }

    /// With what its format can't express.
    #[cfg(feature = "files")]
    pub fn with_problems(mut self, problems: Vec<fedner_formats::WriteProblem>) -> Self {
        let report = |fedner_formats::WriteProblem { document, message }| WriteProblemReport { document, message };
        self.problems = problems.into_iter().map(report).collect();
        self
    }
}
