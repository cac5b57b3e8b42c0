//! Reads the XML form, event by event. No DTD is read and no entity but XML's own five is known, so nothing expands.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::super::Detail;
use super::super::FileError;
use super::super::definition::Source;
use super::super::import::FileImport;
use super::super::lines::{LineCounter, quoted};
use super::super::recognise::{Content, Evidence};
use super::super::standoff::{self, StandoffEntity, TextPart};
use super::super::units::Unit;
use super::passage::{BiocDocument, Document, LeftOut, Passage, labelled};
use super::{INFONS_LOST, LABELLED, TYPE, UNNAMED};

/// Whether the first element is a collection: comments and declarations may stand before it.
pub(super) fn recognise(content: &Content<'_>) -> Evidence {
    let start = content.text.trim_start();
    if !start.starts_with('<') {
        return Evidence::default();
    }
    let mut reader = Reader::from_str(start);
    let is_collection = loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => break tag.local_name().as_ref() == "collection",
            Ok(Event::Empty(_) | Event::End(_) | Event::Eof) | Err(_) => break false,
            Ok(_) => {}
        }
    };
    let found = usize::from(is_collection);
    Evidence { documents: found, marks: found, entities: found * start.matches("<location").count(), foreign: 0 }
}

/// Reads a whole file; of one that isn't well-formed, the documents before.
pub(super) fn read(source: &Source<'_>, file: &mut FileImport<'_>) -> Result<(), FileError> {
    let mut reader = Reader::from_str(source.text);
    let mut lines = LineCounter::new(source.text);
    let mut state = State::default();
    loop {
        let line = lines.at(usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX));
        match reader.read_event() {
            Ok(Event::Start(tag)) => state.start(&tag, line, file),
            Ok(Event::Empty(tag)) => {
                state.start(&tag, line, file);
                state.end(line, file);
            }
            Ok(Event::End(_)) => state.end(line, file),
            Ok(Event::Text(text)) => state.content.push_str(&text.xml10_content()),
            Ok(Event::CData(text)) => state.content.push_str(&text.xml10_content()),
            Ok(Event::GeneralRef(reference)) => state.reference(&reference, line, file),
            Ok(Event::Eof) if state.stack.is_empty() => break,
            Ok(Event::Eof) => {
                file.problem(line, format!("the file ends here, within an element{}", state.lost()));
                break;
            }
            Ok(_) => {}
            Err(error) => {
                let line = lines.at(usize::try_from(reader.error_position()).unwrap_or(usize::MAX));
                file.problem(
                    line,
                    format!("this isn't well-formed XML: {error}{}; the rest was left out", state.lost()),
                );
                break;
            }
        }
    }
    state.left_out.say(file);
    standoff::import(labelled(state.done), Unit::Bytes, source.had_byte_order_mark, file);
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Element {
    Document,
    Passage,
    Sentence,
    Annotation,
    Relation,
    Location,
    Infon,
    Id,
    Offset,
    Text,
    Other,
}

impl Element {
    fn of(name: &str) -> Self {
        match name {
            "document" => Self::Document,
            "passage" => Self::Passage,
            "sentence" => Self::Sentence,
            "annotation" => Self::Annotation,
            "relation" => Self::Relation,
            "location" => Self::Location,
            "infon" => Self::Infon,
            "id" => Self::Id,
            "offset" => Self::Offset,
            "text" => Self::Text,
            _ => Self::Other,
        }
    }
}

/// What is open, and what is done.
#[derive(Default)]
struct State {
    stack: Vec<Element>,
    /// The characters since the last tag began.
    content: String,
    /// The key of the open infon.
    key: String,
    document: Option<Document>,
    passage: Option<Passage>,
    sentence: Option<TextPart>,
    annotation: Option<Annotation>,
    done: Vec<BiocDocument>,
    left_out: LeftOut,
}

#[derive(Default)]
struct Annotation {
    line: usize,
    label: Option<String>,
    text: Option<String>,
    pieces: Vec<(usize, usize)>,
    detail: Detail,
}

impl State {
    fn start(&mut self, tag: &BytesStart<'_>, line: usize, file: &mut FileImport<'_>) {
        let element = Element::of(tag.local_name().as_ref());
        match element {
            Element::Document => self.document = Some(Document { line, ..Document::default() }),
            Element::Passage => self.passage = Some(Passage::default()),
            Element::Sentence => self.sentence = Some(TextPart::default()),
            Element::Annotation => self.annotation = Some(Annotation { line, ..Annotation::default() }),
            Element::Relation => self.left_out.count("relations aren't kept", line),
            Element::Infon => self.key = attribute(tag, "key").unwrap_or_default(),
            Element::Location => {
                let number = |name| attribute(tag, name).and_then(|value| value.trim().parse::<usize>().ok());
                let piece = number("offset").and_then(|start| Some((start, start.checked_add(number("length")?)?)));
                match (piece, &mut self.annotation) {
                    (Some(piece), Some(annotation)) => annotation.pieces.push(piece),
                    (Some(_), None) => {}
                    (None, _) => {
                        file.problem(line, "this location has no offset and length; it was left out".to_owned())
                    }
                }
            }
            _ => {}
        }
        self.content.clear();
        self.stack.push(element);
    }

    fn end(&mut self, line: usize, file: &mut FileImport<'_>) {
        let Some(element) = self.stack.pop() else { return };
        let parent = self.stack.last().copied().unwrap_or(Element::Other);
        let content = std::mem::take(&mut self.content);
        match (element, parent) {
            (Element::Id, Element::Document) => {
                if let Some(document) = &mut self.document {
                    document.id = content;
                }
            }
            (Element::Text, Element::Annotation) => {
                if let Some(annotation) = &mut self.annotation {
                    annotation.text = Some(content);
                }
            }
            (Element::Text, _) => {
                if let Some(part) = self.part(parent) {
                    part.text = content;
                }
            }
            (Element::Offset, _) => match (content.trim().parse(), self.part(parent)) {
                (Ok(offset), Some(part)) => part.offset = offset,
                (Ok(_), None) => {}
                (Err(_), _) => {
                    file.problem(line, format!("the offset {} isn't a number; it was read as 0", quoted(&content)));
                }
            },
            (Element::Infon, Element::Document) if self.key == LABELLED => {
                if let Some(document) = &mut self.document {
                    document.unread = content == "no";
                }
            }
            (Element::Infon, Element::Annotation) if self.key == TYPE => {
                if let Some(annotation) = &mut self.annotation {
                    annotation.label = Some(content);
                }
            }
            (Element::Infon, Element::Annotation) => {
                if let Some(annotation) = &mut self.annotation
                    && !annotation.detail.member(&self.key, &content)
                {
                    self.left_out.count(INFONS_LOST, line);
                }
            }
            (Element::Annotation, _) => self.end_annotation(file),
            (Element::Sentence, _) => {
                if let (Some(sentence), Some(passage)) = (self.sentence.take(), &mut self.passage) {
                    passage.sentences.push(sentence);
                }
            }
            (Element::Passage, _) => {
                if let (Some(passage), Some(document)) = (self.passage.take(), &mut self.document) {
                    document.passages.push(passage);
                }
            }
            (Element::Document, _) => {
                self.done.extend(self.document.take().map(|document| document.finish(file)));
            }
            _ => {}
        }
    }

    /// The passage or sentence that an element stands in.
    fn part(&mut self, parent: Element) -> Option<&mut TextPart> {
        match parent {
            Element::Sentence => self.sentence.as_mut(),
            Element::Passage => self.passage.as_mut().map(|passage| &mut passage.part),
            _ => None,
        }
    }

    fn end_annotation(&mut self, file: &mut FileImport<'_>) {
        let Some(Annotation { line, label, text, pieces, detail }) = self.annotation.take() else { return };
        let mut pieces = pieces.into_iter();
        let Some((start, end)) = pieces.next() else {
            file.problem(line, "the annotation has no location; it was left out".to_owned());
            self.document.iter_mut().for_each(|document| document.refused = true);
            return;
        };
        let label = label.unwrap_or_else(|| {
            self.left_out.count("annotations without a type were read as \"Entity\"", line);
            UNNAMED.to_owned()
        });
        let entity = StandoffEntity { line: Some(line), label, start, end, more: pieces.collect(), text, detail: None }
            .with(detail);
        if let Some(sentence) = &mut self.sentence {
            sentence.entities.push(entity);
        } else if let Some(passage) = &mut self.passage {
            passage.part.entities.push(entity);
        } else if let Some(document) = &mut self.document {
            document.entities.push(entity);
        }
    }

    /// `&amp;` and the like, `&#13;` and the like.
    fn reference(&mut self, reference: &BytesRef<'_>, line: usize, file: &mut FileImport<'_>) {
        let name = reference.xml10_content();
        let c = match reference.resolve_char_ref() {
            Ok(Some(c)) => Some(c),
            _ => match &*name {
                "amp" => Some('&'),
                "lt" => Some('<'),
                "gt" => Some('>'),
                "apos" => Some('\''),
                "quot" => Some('"'),
                _ => None,
            },
        };
        if c.is_none() {
            file.problem(line, format!("the entity reference {} is unknown; U+FFFD stands for it", quoted(&name)));
        }
        self.content.push(c.unwrap_or(char::REPLACEMENT_CHARACTER));
    }

    /// For messages: the document that isn't complete.
    fn lost(&self) -> String {
        match &self.document {
            Some(document) => format!("; the document {} isn't complete and was left out", quoted(&document.id)),
            None => String::new(),
        }
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = tag.attributes().flatten().find(|attribute| attribute.key.local_name().as_ref() == name)?;
    quick_xml::escape::unescape(&attribute.value).ok().map(|value| value.into_owned())
}
