//! Reads tasks.

use super::super::FileError;
use super::super::import::FileImport;
use super::super::json::{self, JsonNode};
use super::super::standoff::{StandoffDocument, StandoffEntity, Part, take_in};
use super::super::units::Unit;

/// Whether a record looks like a task: of the full export, or of JSON-MIN.
pub(in super::super) fn recognise(record: JsonNode<'_>) -> bool {
    let full = record.get("data").is_some_and(JsonNode::is_object);
    full || min_regions(record).next().is_some()
}

/// Reads tasks, each by itself.
pub(in super::super) fn read(text: &str, file: &mut FileImport<'_>) -> Result<(), FileError> {
    let mut documents = Vec::new();
    for task in json::records(text) {
        match task.check() {
            Ok(()) => documents.extend(document(task, file)),
            Err(wrong) => file.problem(wrong.line, wrong.message),
        }
    }
    take_in(documents, Unit::Chars, file);
    Ok(())
}

fn document(task: JsonNode<'_>, file: &mut FileImport<'_>) -> Option<StandoffDocument> {
    let data = task.get("data").filter(|data| data.is_object()).unwrap_or(task);
    let Some(text) = text_of(data) else {
        file.problem(task.line(), "this task has no text and was left out".to_owned());
        return None;
    };
    let name = ["name", "title", "file", "filename"].iter().find_map(|name| data.get(name)?.string());
    let name = name.or_else(|| Some(format!("task {}", task.get("id")?.string()?)));
    let (labelled, entities) = match task.get("data") {
        Some(_) => full_entities(task, file),
        None => (true, min_regions(task).filter_map(|region| entity(region, region, file)).flatten().collect()),
    };
    let part = Part { offset: 0, text, entities };
    Some(StandoffDocument { name, line: Some(task.line()), parts: vec![part], labelled })
}

/// The member "text", else the longest string: the labelling configuration, which isn't in the file, names it.
fn text_of(data: JsonNode<'_>) -> Option<String> {
    if let Some(text) = data.get("text").filter(|text| text.is_string()) {
        return text.string();
    }
    let strings = data.members().filter(|(_, value)| value.is_string()).filter_map(|(_, value)| value.string());
    strings.max_by_key(String::len)
}

/// Regions of a JSON-MIN task: of every member that is a list of objects with a start and labels.
fn min_regions(task: JsonNode<'_>) -> impl Iterator<Item = JsonNode<'_>> {
    let is_region = |node: &JsonNode<'_>| node.get("start").is_some() && label_list(*node).is_some();
    task.members().flat_map(|(_, value)| value.elements()).filter(move |node| node.is_object() && is_region(node))
}

/// Whether somebody labelled the task, and the entities of one annotation or prediction.
fn full_entities(task: JsonNode<'_>, file: &mut FileImport<'_>) -> (bool, Vec<StandoffEntity>) {
    let done = |list: &str| task.get(list).map(JsonNode::elements).unwrap_or_default();
    let mut annotations = done("annotations");
    annotations.extend(done("completions"));
    let cancelled = |a: &JsonNode<'_>| a.get("was_cancelled").and_then(JsonNode::parse::<bool>) == Some(true);
    annotations.retain(|annotation| annotation.is_object() && !cancelled(annotation));
    let labelled = !annotations.is_empty();
    let choices = if labelled { annotations } else { done("predictions") };
    let is_truth = |a: &&JsonNode<'_>| a.get("ground_truth").and_then(JsonNode::parse::<bool>) == Some(true);
    let Some(chosen) = choices.iter().find(is_truth).or(choices.first()) else { return (labelled, Vec::new()) };
    if choices.len() > 1 {
        let which = if is_truth(&chosen) { "the one marked as ground truth" } else { "the first" };
        file.problem(task.line(), format!("the task was labelled {} times; {which} was taken", choices.len()));
    }
    let mut entities = Vec::new();
    for region in chosen.get("result").map(JsonNode::elements).unwrap_or_default() {
        match region.get("value") {
            Some(value) => entities.extend(entity(region, value, file).into_iter().flatten()),
            None => file.problem(region.line(), format!("{} isn't kept", kind(region))),
        }
    }
    (labelled, entities)
}

/// The entities of a region, one for each of its labels.
fn entity(region: JsonNode<'_>, value: JsonNode<'_>, file: &mut FileImport<'_>) -> Option<Vec<StandoffEntity>> {
    let Some(labels) = label_list(value) else {
        file.problem(region.line(), format!("{} isn't kept", kind(region)));
        return None;
    };
    // Of a text with markup the offsets within the plain text are apart from those within an element.
    let place = value.get("globalOffsets").unwrap_or(value);
    let offset = |name| place.get(name).and_then(JsonNode::count);
    let (Some(start), Some(end)) = (offset("start"), offset("end")) else {
        file.problem(region.line(), "the entity has no start and end counted from 0; it was left out".to_owned());
        return None;
    };
    let labels: Vec<String> = labels.elements().into_iter().filter_map(JsonNode::string).collect();
    if labels.is_empty() {
        file.problem(region.line(), format!("the entity {start}–{end} has no label; it was left out"));
    }
    let mut text = value.get("text").and_then(JsonNode::string);
    let line = Some(region.line());
    // The text is checked once, with the first label.
    let entity = |label| StandoffEntity { line, label, start, end, more: Vec::new(), text: text.take() };
    Some(labels.into_iter().map(entity).collect())
}

fn label_list(value: JsonNode<'_>) -> Option<JsonNode<'_>> {
    ["labels", "hypertextlabels"].iter().find_map(|name| value.get(name)).filter(|labels| labels.is_array())
}

fn kind(region: JsonNode<'_>) -> String {
    region.get("type").and_then(JsonNode::string).map_or_else(
        || "what is no entity".to_owned(),
        |kind| format!("what is of type {} and no entity", super::super::lines::quoted(&kind)),
    )
}
