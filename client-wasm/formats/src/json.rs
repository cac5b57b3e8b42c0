//! Finds the parts of a JSON text with their lines, so that each can be taken in or reported by itself. What the parts
//! say is left to serde_json.

use std::borrow::Cow;

use serde::de::{DeserializeOwned, IgnoredAny};

use super::lines::quoted;

/// A value in a JSON text, not checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct JsonNode<'t> {
    /// The value.
    text: &'t str,
    /// The line that it begins at.
    line: usize,
}

/// What is wrong with a JSON text.
#[derive(Debug)]
pub(super) struct JsonError {
    pub(super) line: usize,
    pub(super) message: String,
}

impl<'t> JsonNode<'t> {
    /// The line that it begins at.
    pub(super) fn line(self) -> usize {
        self.line
    }

    /// Whether it begins as an object.
    pub(super) fn is_object(self) -> bool {
        self.text.starts_with('{')
    }

    /// Whether it begins as an array.
    pub(super) fn is_array(self) -> bool {
        self.text.starts_with('[')
    }

    /// Whether it begins as a string.
    pub(super) fn is_string(self) -> bool {
        self.text.starts_with('"')
    }

    /// Its beginning, for a message.
    pub(super) fn quoted(self) -> String {
        quoted(self.text)
    }

    /// Whether it is `null`.
    pub(super) fn is_null(self) -> bool {
        self.text == "null"
    }

    /// Whether all of it is JSON.
    pub(super) fn check(self) -> Result<(), JsonError> {
        let checked = serde_json::from_str::<IgnoredAny>(self.text);
        checked.map(|_| ()).map_err(|error| JsonError {
            line: self.line + error.line().saturating_sub(1),
            message: format!("this isn't JSON: {}", without_place(&error)),
        })
    }

    /// The value, where it has this type.
    pub(super) fn parse<T: DeserializeOwned>(self) -> Option<T> {
        serde_json::from_str(self.text).ok()
    }

    /// A string, or a number as one.
    pub(super) fn string(self) -> Option<String> {
        if self.is_string() {
            return self.parse();
        }
        let number = self.text.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        number.then(|| self.text.to_owned())
    }

    /// A string as it is, anything else as it is written.
    pub(super) fn plain(self) -> String {
        self.string().unwrap_or_else(|| self.text.to_owned())
    }

    /// A number that counts something, perhaps written as a string or with a fraction of zero.
    pub(super) fn count(self) -> Option<usize> {
        self.parse().or_else(|| self.parse::<String>()?.trim().parse().ok()).or_else(|| {
            let number = self.parse::<f64>()?;
            // Up to 2^32 every whole number is exact.
            let whole = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
            whole.then_some(number as usize)
        })
    }

    /// The member of an object; the last where the name is there more than once.
    pub(super) fn get(self, name: &str) -> Option<Self> {
        self.members().filter(|(key, _)| key == name).last().map(|(_, value)| value)
    }

    /// The members of an object; none of anything else.
    pub(super) fn members(self) -> impl Iterator<Item = (String, Self)> {
        let mut scan = Scan::within(self, '{');
        std::iter::from_fn(move || {
            let key = scan.value()?.parse::<String>()?;
            scan.past(':')?;
            let value = scan.value()?;
            scan.past(',');
            Some((key, value))
        })
    }

    /// The elements of an array; none of anything else. Where it goes wrong the last is what isn't JSON.
    pub(super) fn elements(self) -> Vec<Self> {
        if self.is_array() { Scan::within(self, '[').elements() } else { Vec::new() }
    }
}

/// The message of an error without its line and column, which are within a part.
fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.split(" at line ").next().unwrap_or(&message).to_owned()
}

/// The text with `null` for what Python writes though JSON has none of it: NaN, Infinity, -Infinity.
pub(super) fn standard(text: &str) -> Cow<'_, str> {
    const NOT_JSON: &[&str] = &["NaN", "-Infinity", "Infinity"];
    if !NOT_JSON.iter().any(|word| text.contains(word)) {
        return Cow::Borrowed(text);
    }
    let (mut found, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(['"', 'N', 'I', '-']) {
        found.push_str(&rest[..at]);
        rest = &rest[at..];
        let word = NOT_JSON.iter().find(|word| rest.starts_with(**word));
        let length = match word {
            Some(word) => word.len(),
            None if rest.starts_with('"') => string_end(rest.as_bytes(), 0).min(rest.len()),
            None => 1,
        };
        // A string that is cut off may end within a character.
        let length = (length..=rest.len()).find(|end| rest.is_char_boundary(*end)).unwrap_or(rest.len());
        found.push_str(if word.is_some() { "null" } else { &rest[..length] });
        rest = &rest[length..];
    }
    found.push_str(rest);
    Cow::Owned(found)
}

/// JSON's white space, and the byte order marks that stand between files joined into one.
const SPACE: &[char] = &[' ', '\t', '\n', '\r', '\u{feff}'];

/// How often a record that isn't closed in its line is looked for in the lines after it, in vain.
const OPEN_RECORDS_MAX: usize = 16;

/// The records of a file: the elements of an array, or values one after the other, each in a line of its own or over
/// several. A record may be no JSON at all; what follows it is still found.
pub(super) fn records(text: &str) -> Vec<JsonNode<'_>> {
    let mut scan = Scan { rest: text, line: 1 };
    scan.skip_space();
    if !is_pair(&scan) && scan.past('[').is_some() {
        return scan.elements();
    }
    let mut found = Vec::new();
    let mut in_vain = 0;
    loop {
        scan.skip_space();
        if scan.rest.is_empty() {
            return found;
        }
        let line = scan.line();
        let mut record = line;
        if in_vain < OPEN_RECORDS_MAX && line.check().is_err() {
            match scan.clone().value().filter(|value| value.check().is_ok()) {
                Some(value) => record = value,
                None => in_vain += 1,
            }
        }
        scan.skip(record.text.len());
        found.push(record);
    }
}

/// The first record; of one that is cut off or very long what there is of it.
pub(super) fn first_record(text: &str) -> Option<JsonNode<'_>> {
    let mut scan = Scan { rest: text, line: 1 };
    scan.skip_space();
    if !is_pair(&scan) {
        scan.past('[');
    }
    scan.value()
}

/// Whether a pair of a text and an object comes next, which is a record of its own and not a list of records.
fn is_pair(scan: &Scan<'_>) -> bool {
    let starts_so = scan.rest.strip_prefix('[').is_some_and(|rest| rest.trim_start_matches(SPACE).starts_with('"'));
    let pair = || scan.clone().value().map(JsonNode::elements).unwrap_or_default();
    starts_so && matches!(pair()[..], [_, body] if body.is_object())
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// A place in a JSON text.
#[derive(Clone)]
struct Scan<'t> {
    rest: &'t str,
    line: usize,
}

impl<'t> Scan<'t> {
    /// After the bracket that opens a value; at its end where it has another one.
    fn within(node: JsonNode<'t>, open: char) -> Self {
        Self { rest: node.text.strip_prefix(open).unwrap_or_default(), line: node.line }
    }

    fn skip(&mut self, bytes: usize) {
        let (skipped, rest) = self.rest.split_at(bytes);
        self.line += newlines(skipped);
        self.rest = rest;
    }

    fn skip_space(&mut self) {
        self.skip(self.rest.len() - self.rest.trim_start_matches(SPACE).len());
    }

    fn past(&mut self, separator: char) -> Option<()> {
        self.skip_space();
        self.rest.starts_with(separator).then(|| self.skip(1))
    }

    /// What is left of the line.
    fn line(&self) -> JsonNode<'t> {
        let end = self.rest.find(['\n', '\r']).unwrap_or(self.rest.len());
        // JSON's own white space only: anything else that ends the line must not be left for the next record.
        JsonNode { text: self.rest[..end].trim_end_matches(SPACE), line: self.line }
    }

    /// The elements up to the bracket that closes the array, or up to what is wrong and that.
    fn elements(&mut self) -> Vec<JsonNode<'t>> {
        let mut found = Vec::new();
        loop {
            self.skip_space();
            if found.is_empty() && self.rest.starts_with(']') {
                return found;
            }
            let Some(value) = self.value() else { break };
            found.push(value);
            if self.past(',').is_none() {
                break;
            }
        }
        // Where the text is cut off within an element, that shows it.
        let shown = self.rest.is_empty() && found.last().is_some_and(|last| last.check().is_err());
        if !self.rest.starts_with(']') && !shown {
            found.push(self.line());
        }
        found
    }

    /// The next value: up to the bracket that closes it, the end of the string, or the separator.
    fn value(&mut self) -> Option<JsonNode<'t>> {
        self.skip_space();
        let bytes = self.rest.as_bytes();
        let (mut depth, mut at) = (0_usize, 0);
        while at < bytes.len() {
            match bytes[at] {
                b'"' => {
                    at = string_end(bytes, at);
                    if depth == 0 {
                        break;
                    }
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth == 0 => break,
                b'}' | b']' => {
                    depth -= 1;
                    if depth == 0 {
                        at += 1;
                        break;
                    }
                }
                b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' if depth == 0 => break,
                _ => {}
            }
            at += 1;
        }
        if at == 0 {
            return None;
        }
        let node = JsonNode { text: &self.rest[..at], line: self.line };
        self.skip(at);
        Some(node)
    }
}

/// The place after the string that begins here.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}
