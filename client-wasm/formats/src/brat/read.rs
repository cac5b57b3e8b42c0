//! Reads a text and the entities in its annotations. A discontinuous entity becomes one from its first character to its
//! last; what isn't an entity is counted.

use std::collections::{BTreeMap, HashMap};

use super::super::FileError;
use super::super::definition::Source;
use super::super::import::FileImport;
use super::super::lines::{lines, quoted};
use super::super::standoff::{self, StandoffDocument, StandoffEntity, TextPart};
use super::super::units::Unit;
use super::NO_SOURCE;

/// Takes in a document; without annotations it is one that nobody has labelled.
pub(in super::super) fn read(source: &Source<'_>, file: &mut FileImport<'_>) -> Result<(), FileError> {
    let mut kinds = LineKinds::default();
    let (mut entities, mut refused) = (Vec::new(), false);
    for annotations in &source.annotations {
        let own = entities.len();
        for (number, line) in lines(annotations).filter(|(_, line)| !line.trim().is_empty()) {
            match entity_line(line) {
                EntityLine::Entity(entity) => entities.push(StandoffEntity { line: Some(number), ..entity }),
                EntityLine::Wrong(why) => {
                    refused = true;
                    file.problem(number, format!("the entity {} {why}; it was left out", quoted(line)));
                }
                EntityLine::Other => {}
            }
        }
        add_details(annotations, &mut entities[own..], &mut kinds);
    }
    kinds.say(file);
    let name = Some(file.stem().to_owned());
    let part = TextPart { offset: 0, text: source.text.to_owned(), entities };
    let labelled = !source.annotations.is_empty();
    let document = StandoffDocument { name, line: None, parts: vec![part], labelled, refused };
    standoff::import(vec![document], Unit::Chars, source.had_byte_order_mark, file);
    Ok(())
}

/// Gives entities the attributes and codes that lines of their own say; what else such lines say is counted.
fn add_details(annotations: &str, entities: &mut [StandoffEntity], kinds: &mut LineKinds) {
    let id = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
    let ids = lines(annotations).filter(|(_, line)| matches!(entity_line(line), EntityLine::Entity(_)));
    let places: HashMap<String, usize> = ids.enumerate().map(|(place, (_, line))| (id(line), place)).collect();
    for (number, line) in lines(annotations).filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('T')) {
        let is_kept = detail_line(line).and_then(|(target, name, value, is_code)| {
            let detail = entities.get_mut(*places.get(target)?)?.detail();
            Some(if is_code { detail.code(value) } else { detail.attribute(name, value) })
        });
        if is_kept != Some(true) {
            kinds.count(line, number);
        }
    }
}

/// The entity, name and value of `A1<TAB>Name T1 value`, and of `N1<TAB>Reference T1 Source:id<TAB>text`, which is a code.
fn detail_line(line: &str) -> Option<(&str, &str, &str, bool)> {
    let mut columns = line.split('\t');
    let kind = columns.next()?.chars().next().filter(|kind| matches!(kind, 'A' | 'M' | 'N'))?;
    let mut words = columns.next()?.splitn(3, ' ');
    let (name, target, value) = (words.next()?, words.next()?, words.next().unwrap_or_default().trim());
    Some((target, name, value.strip_prefix(NO_SOURCE).filter(|_| kind == 'N').unwrap_or(value), kind == 'N'))
}

/// What a line of annotations says.
enum EntityLine {
    /// An entity, its line not yet known.
    Entity(StandoffEntity),
    /// An entity that can't be read, and why.
    Wrong(&'static str),
    /// Something else than an entity.
    Other,
}

/// Reads `T1<TAB>Type 0 5;8 12<TAB>text`.
fn entity_line(line: &str) -> EntityLine {
    let Some(number) = line.strip_prefix('T') else { return EntityLine::Other };
    let mut columns = number.splitn(3, '\t');
    columns.next();
    let entity = columns.next().ok_or("has no second column").and_then(|place| {
        let (label, offsets) = place.trim().split_once(' ').ok_or("has no type and offsets")?;
        let pieces = offsets.split(';').map(|piece| {
            let (start, end) = piece.trim().split_once(' ').ok_or("has an offset without its end")?;
            let number = |text: &str| text.trim().parse::<usize>().map_err(|_| "has an offset that isn't a number");
            Ok((number(start)?, number(end)?))
        });
        let mut pieces = pieces.collect::<Result<Vec<_>, &'static str>>()?;
        let (start, end) = pieces.remove(0);
        let text = columns.next().filter(|text| !text.trim().is_empty()).map(str::to_owned);
        Ok(StandoffEntity { line: None, label: label.to_owned(), start, end, more: pieces.into(), text, detail: None })
    });
    entity.map_or_else(EntityLine::Wrong, EntityLine::Entity)
}

/// Lines that aren't entities: of each kind how many, and the first.
#[derive(Default)]
struct LineKinds(BTreeMap<&'static str, (usize, usize)>);

impl LineKinds {
    fn count(&mut self, line: &str, number: usize) {
        let (first, count) = self.0.entry(kind(line)).or_insert((number, 0));
        (*first, *count) = (number.min(*first), *count + 1);
    }

    fn say(self, file: &mut FileImport<'_>) {
        for (kind, (line, count)) in self.0 {
            file.problem(line, format!("{kind} aren't kept: {count} in this file, the first at this line"));
        }
    }
}

fn kind(line: &str) -> &'static str {
    match line.chars().next() {
        Some('R' | '*') => "relations",
        Some('E') => "events",
        Some('A' | 'M') => "attributes",
        Some('N') => "links to terminologies (N)",
        Some('#') => "notes (#)",
        _ => "lines of a kind that brat doesn't have",
    }
}
