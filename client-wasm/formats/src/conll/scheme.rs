//! Which scheme a file's tags are of. All are read alike (see [`super::builder`]); what differs is what is wrong in them.

use super::super::import::FileImport;
use super::line::UNNAMED;

/// What the tags so far say.
#[derive(Debug, Default)]
pub(super) struct Scheme {
    /// A B- that doesn't part two entities of one type, which IOB1 doesn't have.
    begins: bool,
    /// E- or S-.
    ends: bool,
    /// L- or U-.
    lasts: bool,
    /// The first tag without a type.
    unnamed: Option<usize>,
    /// For each document the first tag that begins an entity though it should go on with one, and how many do.
    strays: Vec<(usize, usize)>,
    stray_open: bool,
}

impl Scheme {
    /// Notes the letters of a tag as it stands in the file.
    pub(super) fn letter(&mut self, line: usize, tag: &str) {
        self.ends |= tag.starts_with(['E', 'S']);
        self.lasts |= tag.starts_with(['L', 'U']);
        if tag != "O" && !tag.contains('-') {
            self.unnamed.get_or_insert(line);
        }
    }

    /// Notes a B- tag; `parting` where one of its type stands right before.
    pub(super) fn begin(&mut self, parting: bool) {
        self.begins |= !parting;
    }

    /// Notes a tag that should go on with an entity, but begins one.
    pub(super) fn stray(&mut self, line: usize) {
        match self.strays.last_mut().filter(|_| self.stray_open) {
            Some((_, count)) => *count += 1,
            None => self.strays.push((line, 1)),
        }
        self.stray_open = true;
    }

    /// The next tags are another document's.
    pub(super) fn end_document(&mut self) {
        self.stray_open = false;
    }

    /// Says which scheme it is and what is wrong in it.
    pub(super) fn conclude(self, file: &mut FileImport<'_>) {
        let scheme = match (self.ends, self.lasts, self.begins) {
            (true, false, _) => "BIOES",
            (false, true, _) => "BILOU",
            (true, true, _) => "BIOES and BILOU mixed",
            (false, false, false) if !self.strays.is_empty() => "IOB1",
            (false, false, _) => "IOB2",
        };
        file.detail(scheme);
        if let Some(line) = self.unnamed {
            file.problem(line, format!("the tags name no entity type, which was taken to be {UNNAMED:?}"));
        }
        if scheme == "IOB1" {
            return;
        }
        for (line, count) in self.strays {
            let rest = match count {
                1 => "the only such tag in this document".to_owned(),
                _ => format!("so were {count} such tags in this document"),
            };
            file.problem(line, format!("the tag should go on with an entity, but none of its type is open; it was read as a beginning: {rest}"));
        }
    }
}
