//! Lines with their numbers, and parts of file names.

/// Lines with their numbers from 1, ended by LF, CRLF or a lone CR, without their ends.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = text;
    let next = move || {
        let line_end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let line = &rest[..line_end];
        let past = if rest[line_end..].starts_with("\r\n") { 2 } else { 1 };
        let more = !rest.is_empty();
        rest = rest.get(line_end + past..).unwrap_or_default();
        more.then_some(line)
    };
    std::iter::from_fn(next).enumerate().map(|(at, line)| (at + 1, line))
}

/// The file's name without folders.
pub(super) fn base(file_name: &str) -> &str {
    file_name.rsplit(['/', '\\']).next().unwrap_or(file_name)
}

/// The file's name without folders and ending.
pub(super) fn stem(file_name: &str) -> &str {
    let base = base(file_name);
    match base.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ if base.is_empty() => "note",
        _ => base,
    }
}

/// Whether the file's name has one of these endings, given without the dot; capitals don't matter.
pub(super) fn ends_with(file_name: &str, extensions: &[&str]) -> bool {
    base(file_name)
        .rsplit_once('.')
        .is_some_and(|(_, ending)| extensions.iter().any(|e| e.eq_ignore_ascii_case(ending)))
}

/// A part of a file for a message: cut where it is long, control characters escaped.
pub(super) fn quoted(part: &str) -> String {
    const QUOTED_CHARS_MAX: usize = 40;
    match part.char_indices().nth(QUOTED_CHARS_MAX) {
        Some((end, _)) => format!("{:?}…", &part[..end]),
        None => format!("{part:?}"),
    }
}

/// Finds the lines of places in a text; quick where they come one after the other.
pub(super) struct LineCounter<'t> {
    text: &'t str,
    at: usize,
    line: usize,
}

impl<'t> LineCounter<'t> {
    /// At the beginning.
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    /// The line of a byte, from 1.
    pub(super) fn at(&mut self, byte: usize) -> usize {
        let byte = byte.min(self.text.len());
        let feeds = |from: usize, to: usize| self.text.as_bytes()[from..to].iter().filter(|b| **b == b'\n').count();
        if self.at <= byte {
            self.line += feeds(self.at, byte);
        } else {
            self.line -= feeds(byte, self.at);
        }
        self.at = byte;
        self.line
    }
}
