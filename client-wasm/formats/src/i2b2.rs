//! i2b2's concepts: a text, and lines such as `c="chest pain" 3:4 3:5||t="problem"` in a `.con` file beside it, which
//! count lines from 1 and words between white space from 0.

use super::FileError;
use super::definition::{Definition, Source};
use super::import::FileImport;
use super::lines::{lines, quoted};
use super::recognise::{Content, Evidence};
use super::standoff::{self, StandoffDocument, StandoffEntity, TextPart};
use super::units::Unit;

/// i2b2 concepts.
pub(super) const FORMAT: Definition = Definition {
    name: "i2b2",
    title: "i2b2 concepts",
    extensions: &["con", "txt"],
    annotations: &["con"],
    recognise: by_its_files,
    read,
    write: None,
    says_unread: true,
    keeps_details: false,
    advice: "choose the text (.txt) together with its concepts (.con)",
};

fn by_its_files(_: &Content<'_>) -> Evidence {
    Evidence::default()
}

fn read(source: &Source<'_>, file: &mut FileImport<'_>) -> Result<(), FileError> {
    let words = Words::of(source.text);
    let (mut entities, mut refused) = (Vec::new(), false);
    for annotations in &source.annotations {
        for (number, line) in lines(annotations).filter(|(_, line)| !line.trim().is_empty()) {
            match concept(line, &words) {
                Ok(entity) => entities.push(StandoffEntity { line: Some(number), ..entity }),
                Err(why) => {
                    refused = true;
                    file.problem(number, format!("the concept {} {why}; it was left out", quoted(line)));
                }
            }
        }
    }
    let name = Some(file.stem().to_owned());
    let part = TextPart { offset: 0, text: source.text.to_owned(), entities };
    let labelled = !source.annotations.is_empty();
    let document = StandoffDocument { name, line: None, parts: vec![part], labelled, refused };
    standoff::import(vec![document], Unit::Bytes, false, file);
    Ok(())
}

/// Where the words of each line begin and end, in bytes of the text.
struct Words {
    /// The place of the first word of each line in `words`.
    lines: Vec<usize>,
    words: Vec<(usize, usize)>,
}

impl Words {
    fn of(text: &str) -> Self {
        let mut found = Self { lines: Vec::new(), words: Vec::new() };
        for (_, line) in lines(text) {
            found.lines.push(found.words.len());
            // The lines are parts of the text, so that their addresses say where they stand in it.
            let line_start = line.as_ptr() as usize - text.as_ptr() as usize;
            for word in line.split_whitespace() {
                let start = line_start + (word.as_ptr() as usize - line.as_ptr() as usize);
                found.words.push((start, start + word.len()));
            }
        }
        found
    }

    /// A word by its line from 1 and its place in the line from 0.
    fn get(&self, place: &str) -> Result<(usize, usize), &'static str> {
        let (line, word) = place.split_once(':').ok_or("has a place without line and word")?;
        let number = |text: &str| text.trim().parse::<usize>().map_err(|_| "has a place that isn't two numbers");
        let (line, word) = (number(line)?, number(word)?);
        let first = line.checked_sub(1).and_then(|line| self.lines.get(line)).ok_or("is of a line that isn't there")?;
        let end = self.lines.get(line).copied().unwrap_or(self.words.len());
        let place = first.checked_add(word).filter(|place| *place < end).ok_or("is of a word that isn't there")?;
        Ok(self.words[place])
    }
}

/// Reads `c="words" 1:2 1:3||t="type"`, whatever else follows.
fn concept(line: &str, words: &Words) -> Result<StandoffEntity, &'static str> {
    let (concept, rest) = line.trim().split_once("||").ok_or("has no type after ||")?;
    let label = rest.split("||").find_map(|part| part.trim().strip_prefix("t=\"")?.strip_suffix('"'));
    let label = label.ok_or("has no type such as t=\"problem\"")?;
    let concept = concept.strip_prefix("c=\"").ok_or("doesn't begin with c=\"")?;
    let (text, places) = concept.rsplit_once('"').ok_or("has no words in quotes")?;
    let mut places = places.split_whitespace();
    let (Some(from), Some(to)) = (places.next(), places.next()) else { return Err("has no first and last word") };
    let ((start, _), (_, end)) = (words.get(from)?, words.get(to)?);
    Ok(StandoffEntity {
        line: None,
        label: label.to_owned(),
        start,
        end,
        more: Box::default(),
        text: Some(text.to_owned()),
        detail: None,
    })
}
