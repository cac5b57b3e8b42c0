//! One record: where its text, its name and its entities stand.

use super::super::Detail;
use super::super::import::FileImport;
use super::super::json::JsonNode;
use super::super::lines::quoted;
use super::super::standoff::{StandoffDocument, StandoffEntity, TextPart};

/// Where a record may have its text, the first that it has.
const TEXTS: &[&str] = &["text", "data", "content", "sentence"];

/// Where a record may have its name, the first that it has.
const NAMES: &[&str] = &["name", "title", "file", "filename", "file_name", "source", "id"];

/// Where a record may have its entities; all that it has are read.
const ENTITIES: &[&str] = &["entities", "spans", "label", "labels", "annotations"];

/// Where an entity may have a code in a terminology; "id" is a number that tools give.
const CODES: &[&str] = &["code", "kb_id", "cui", "concept_id"];

/// Where a record has what is said of its entities: both formats have triples, with no room for it.
pub(in super::super) const DETAILS: &str = "details";

/// Where a record of words may have their tags.
const TAGS: &[&str] = &["ner_tags", "tags", "labels", "ner"];

/// The records inside one that lists them: `{"classes": […], "annotations": [["text", {"entities": […]}], …]}`.
pub(super) fn listed(node: JsonNode<'_>) -> Option<Vec<JsonNode<'_>>> {
    let pairs = node.get("annotations")?.elements();
    let is_pair = |pair: &JsonNode<'_>| pair.is_null() || pair.elements().first().is_some_and(|text| text.is_string());
    (text(node).is_none() && pairs.iter().any(|pair| pair.is_array()) && pairs.iter().all(is_pair)).then_some(pairs)
}

/// Whether a record has a text, or words with tags.
pub(super) fn has_text(node: JsonNode<'_>) -> bool {
    let (text, body) = parts(node);
    text.is_some() || tagged_words(body).is_some()
}

/// How many entities a record has that could be read.
pub(super) fn count_entities(node: JsonNode<'_>) -> usize {
    let body = parts(node).1;
    let lists = ENTITIES.iter().filter_map(|name| body.get(name)).flat_map(JsonNode::elements);
    let tagged = tagged_words(body).map_or(0, |words| words.iter().filter(|(_, tag)| tag.starts_with("B-")).count());
    lists.filter(|entity| self::entity(*entity, &[]).is_ok()).count() + tagged
}

/// Reads a record.
pub(super) fn document(node: JsonNode<'_>, file: &mut FileImport<'_>) -> Option<StandoffDocument> {
    let (text, body) = parts(node);
    let mut found = StandoffDocument { name: name(body), line: Some(node.line()), ..StandoffDocument::default() };
    let Some(text) = text else {
        let Some(words) = tagged_words(body) else {
            file.problem(node.line(), "this record has no text and was left out".to_owned());
            return None;
        };
        found.parts.push(of_words(&words, node.line()));
        found.labelled = true;
        return Some(found);
    };
    let mut part = TextPart { offset: 0, text, entities: Vec::new() };
    if let Some(answer) = body.get("answer").and_then(JsonNode::string).filter(|answer| answer != "accept") {
        let message = format!("the answer is {}: the text was taken in without entities", quoted(&answer));
        file.problem(node.line(), message);
    } else {
        entities(body, &mut found, &mut part, file);
    }
    found.parts.push(part);
    Some(found)
}

fn entities(body: JsonNode<'_>, found: &mut StandoffDocument, part: &mut TextPart, file: &mut FileImport<'_>) {
    let tokens = tokens(body);
    let mut keys: Vec<String> = body.members().map(|(key, _)| key).filter(|key| is_entities(key)).collect();
    keys.sort_unstable();
    if let Some(twice) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
        file.problem(body.line(), format!("{} stands in this record twice; only the last was read", quoted(&twice[0])));
    }
    for list in ENTITIES.iter().filter_map(|name| body.get(name)).filter(|list| !list.is_null()) {
        if !list.is_array() {
            found.refused = true;
            file.problem(list.line(), "the entities aren't a list; they were left out".to_owned());
            continue;
        }
        let elements = list.elements();
        // Labels of the whole document, as doccano's classification has them.
        if !elements.is_empty() && elements.iter().all(|element| element.is_string()) {
            let labels = elements.iter().filter_map(|label| label.string()).collect::<Vec<_>>().join(", ");
            file.problem(list.line(), format!("labels of the whole document aren't kept: {labels}"));
            continue;
        }
        found.labelled = true;
        for element in elements {
            match entity(element, &tokens) {
                Ok(entity) => part.entities.push(entity),
                Err(why) => {
                    found.refused = true;
                    file.problem(element.line(), format!("the entity {} {why}; it was left out", element.quoted()));
                }
            }
        }
    }
    if !details(body, part) {
        file.problem(body.line(), "not all details are of an entity of this record; those were left out".to_owned());
    }
    if body.get("relations").is_some_and(|relations| !relations.elements().is_empty()) {
        file.problem(body.line(), "relations between entities aren't kept".to_owned());
    }
}

fn is_entities(key: &str) -> bool {
    ENTITIES.contains(&key)
}

/// A record's text, and what holds the rest: of spaCy's older form `["text", {"entities": […]}]` the second.
fn parts(node: JsonNode<'_>) -> (Option<String>, JsonNode<'_>) {
    match node.elements().as_slice() {
        [text, body] if text.is_string() => (text.string(), *body),
        _ => (text(node), node),
    }
}

fn text(node: JsonNode<'_>) -> Option<String> {
    TEXTS.iter().find_map(|name| node.get(name).filter(|text| text.is_string())).and_then(JsonNode::string)
}

fn name(record: JsonNode<'_>) -> Option<String> {
    let of = |node: JsonNode<'_>| NAMES.iter().find_map(|name| node.get(name)?.string());
    record.get("meta").and_then(of).or_else(|| of(record))
}

/// Prodigy's words by their number: what an entity from one word to another should cover.
fn tokens(body: JsonNode<'_>) -> Vec<String> {
    let tokens = body.get("tokens").map(JsonNode::elements).unwrap_or_default();
    tokens.into_iter().map(|token| token.get("text").and_then(JsonNode::string).unwrap_or_default()).collect()
}

/// `[0, 5, "LABEL"]`, perhaps with the words after, or an object.
fn entity(node: JsonNode<'_>, tokens: &[String]) -> Result<StandoffEntity, &'static str> {
    let triple = node.elements();
    let (start, end, label, text) = match triple.as_slice() {
        [start, end, label, rest @ ..] => (Some(*start), Some(*end), Some(*label), rest.first().copied()),
        _ => (
            node.get("start").or_else(|| node.get("start_offset")),
            node.get("end").or_else(|| node.get("end_offset")),
            node.get("label"),
            node.get("text"),
        ),
    };
    let start = start.and_then(JsonNode::count).ok_or("has no start, counted from 0")?;
    let end = end.and_then(JsonNode::count).ok_or("has no end, counted from 0")?;
    let label = label.and_then(JsonNode::string).ok_or("has no label")?;
    let text = text.filter(|text| text.is_string()).and_then(JsonNode::string);
    let word = |name| node.get(name).and_then(JsonNode::count);
    let words = word("token_start").zip(word("token_end"));
    let words = words.and_then(|(first, last)| Some(tokens.get(first..=last)?.concat()));
    let text = text.or(words).filter(|text| !text.trim().is_empty());
    Ok(StandoffEntity { line: Some(node.line()), label, start, end, more: Box::default(), text, detail: None }
        .with(detail(node)))
}

/// A code and attributes among an entity's members.
fn detail(node: JsonNode<'_>) -> Detail {
    let mut found = Detail::default();
    for name in CODES {
        if let Some(code) = node.get(name).and_then(JsonNode::string) {
            found.code(&code);
        }
    }
    if let Some(attributes) = node.get("attributes") {
        found.attributes_of(attributes);
    }
    found
}

/// Codes and attributes that stand beside the entities, as this program writes them; false where one is of no entity.
fn details(body: JsonNode<'_>, part: &mut TextPart) -> bool {
    let said = body.get(DETAILS).map(JsonNode::elements).unwrap_or_default();
    said.into_iter().all(|node| {
        let Ok(said) = entity(node, &[]) else { return false };
        let same = |one: &&mut StandoffEntity| (one.start, one.end, &one.label) == (said.start, said.end, &said.label);
        part.entities.iter_mut().find(same).map(|one| one.detail().join(detail(node))).is_some()
    })
}

/// Words and their tags, as Hugging Face's data sets have them; none where the tags are numbers.
fn tagged_words(body: JsonNode<'_>) -> Option<Vec<(String, String)>> {
    let words: Vec<String> = body.get("tokens")?.parse()?;
    let tags: Vec<String> = TAGS.iter().find_map(|name| body.get(name)?.parse())?;
    let is_tag = |tag: &String| {
        tag == "O"
            || tag
                .split_once('-')
                .is_some_and(|(letter, label)| matches!(letter, "B" | "I" | "E" | "S" | "L" | "U") && !label.is_empty())
    };
    (words.len() == tags.len() && !words.is_empty() && tags.iter().all(is_tag))
        .then(|| words.into_iter().zip(tags).collect())
}

/// A text of words with a space between, and its entities.
fn of_words(words: &[(String, String)], line: usize) -> TextPart {
    let mut part = TextPart::default();
    let (mut chars, mut open) = (0, false);
    for (word, tag) in words {
        if !part.text.is_empty() {
            part.text.push(' ');
            chars += 1;
        }
        let start = chars;
        part.text.push_str(word);
        chars += word.chars().count();
        let Some((letter, label)) = tag.split_once('-') else {
            open = false;
            continue;
        };
        match part.entities.last_mut().filter(|entity| open && entity.label == label) {
            Some(entity) if !matches!(letter, "B" | "S" | "U") => entity.end = chars,
            _ => part.entities.push(StandoffEntity {
                line: Some(line),
                label: label.to_owned(),
                start,
                end: chars,
                ..StandoffEntity::default()
            }),
        }
        open = !matches!(letter, "E" | "S" | "L" | "U");
    }
    part
}
