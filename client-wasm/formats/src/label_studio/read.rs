//! Reads tasks: whether somebody labelled them, and which of several annotations is taken.

use super::super::FileError;
use super::super::definition::Source;
use super::super::import::FileImport;
use super::super::json::JsonNode;
use super::super::recognise::{Content, Evidence};
use super::super::standoff::{self, StandoffDocument, TextPart};
use super::regions::{self, Regions};
use super::task_text;

/// Tasks of the full export, of JSON-MIN, and annotations with their task.
pub(super) fn recognise(content: &Content<'_>) -> Evidence {
    Evidence::of_records(content.records(), |record| {
        if let Some(task) = record.get("task").filter(|task| task.get("data").is_some_and(JsonNode::is_object)) {
            return Some((record.get("result").map_or(0, regions::count), 1 + usize::from(task.get("id").is_some())));
        }
        if record.get("data").is_some_and(JsonNode::is_object) {
            let lists = ["annotations", "completions", "predictions"].iter().filter_map(|name| record.get(name));
            let results = lists.flat_map(JsonNode::elements).filter_map(|done| done.get("result"));
            return Some((results.map(regions::count).sum(), 1));
        }
        let found = regions::of_min(record).len();
        let has_text = record.get("text").is_some_and(JsonNode::is_string);
        let marks = usize::from(found > 0 || record.get("annotation_id").is_some());
        (found > 0 || has_text).then_some((found, marks))
    })
}

/// Reads tasks, each by itself.
pub(super) fn read(source: &Source<'_>, file: &mut FileImport<'_>) -> Result<(), FileError> {
    standoff::import_records(source, file, |record, file| Vec::from_iter(document(record, file)));
    Ok(())
}

fn document(record: JsonNode<'_>, file: &mut FileImport<'_>) -> Option<StandoffDocument> {
    // Target storage keeps an annotation with its task inside.
    let task = record.get("task").filter(|task| task.is_object()).unwrap_or(record);
    let data = task.get("data").filter(|data| data.is_object()).unwrap_or(task);
    let mut found = if task.get("data").is_none() {
        Regions::of(regions::of_min(task), true, file)
    } else if let Some(result) = record.get("result") {
        Regions::of(result.elements(), !is_cancelled(record), file)
    } else {
        of_annotations(task, file)
    };
    let text = match task_text::find(data, &found.entities) {
        Ok(text) => text,
        Err(why) => {
            file.problem(record.line(), format!("{why}; the task was left out"));
            return None;
        }
    };
    let name = ["name", "title", "file", "filename"].iter().find_map(|name| data.get(name)?.string());
    let name = name.or_else(|| Some(format!("task {}", task.get("id")?.string()?)));
    let entities = found.entities.drain(..).map(|(_, entity)| entity).collect();
    let part = TextPart { offset: 0, text, entities };
    let (labelled, refused) = (found.labelled, found.refused);
    Some(StandoffDocument { name, line: Some(record.line()), parts: vec![part], labelled, refused })
}

/// The entities of one annotation, or of a prediction where there is none.
fn of_annotations(task: JsonNode<'_>, file: &mut FileImport<'_>) -> Regions {
    let done = |list: &str| task.get(list).map(JsonNode::elements).unwrap_or_default();
    let mut annotations = done("annotations");
    annotations.extend(done("completions"));
    annotations.retain(|annotation| annotation.is_object() && !is_cancelled(*annotation));
    let labelled = !annotations.is_empty();
    let choices = if labelled { annotations } else { done("predictions") };
    // An export without the predictions' content lists their numbers.
    let (choices, numbers): (Vec<_>, Vec<_>) = choices.into_iter().partition(|choice| choice.is_object());
    if !numbers.is_empty() && !labelled {
        let message = format!("{} predictions are named by number only and aren't in the file", numbers.len());
        file.problem(task.line(), message);
    }
    let is_truth = |a: &&JsonNode<'_>| a.get("ground_truth").and_then(JsonNode::parse::<bool>) == Some(true);
    let Some(chosen) = choices.iter().find(is_truth).or(choices.first()) else {
        return Regions::of(Vec::new(), labelled, file);
    };
    if choices.len() > 1 {
        let which = if is_truth(&chosen) { "the one marked as ground truth" } else { "the first" };
        let how = if labelled { "was labelled" } else { "has no annotation and was predicted" };
        file.problem(task.line(), format!("the task {how} {} times; {which} was taken", choices.len()));
    }
    Regions::of(chosen.get("result").map(JsonNode::elements).unwrap_or_default(), labelled, file)
}

fn is_cancelled(annotation: JsonNode<'_>) -> bool {
    annotation.get("was_cancelled").and_then(JsonNode::parse::<bool>) == Some(true)
}
