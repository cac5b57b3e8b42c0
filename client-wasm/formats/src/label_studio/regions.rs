//! Regions of an annotation, and the entities that they mark.

use super::super::Detail;
use super::super::import::FileImport;
use super::super::json::JsonNode;
use super::super::lines::quoted;
use super::super::standoff::StandoffEntity;

/// Entities of one annotation.
pub(super) struct Regions {
    /// Each with the name of the text that it is of, where the file says it.
    pub(super) entities: Vec<(Option<String>, StandoffEntity)>,
    /// Whether somebody has looked at the text.
    pub(super) labelled: bool,
    /// An entity couldn't be read.
    pub(super) refused: bool,
}

/// Regions of a JSON-MIN task: of every member that is a list of objects with a start and labels.
pub(super) fn of_min(task: JsonNode<'_>) -> Vec<JsonNode<'_>> {
    let is_region =
        |node: &JsonNode<'_>| node.is_object() && node.get("start").is_some() && label_list(*node).is_some();
    task.members().flat_map(|(_, value)| value.elements()).filter(is_region).collect()
}

/// How many regions of a result mark entities.
pub(super) fn count(result: JsonNode<'_>) -> usize {
    result
        .elements()
        .iter()
        .filter(|region| region.get("value").is_some_and(|value| label_list(value).is_some()))
        .count()
}

impl Regions {
    /// Reads regions; what isn't an entity is listed.
    pub(super) fn of(regions: Vec<JsonNode<'_>>, labelled: bool, file: &mut FileImport<'_>) -> Self {
        let mut found = Self { entities: Vec::new(), labelled, refused: false };
        for region in regions {
            match region.get("value") {
                Some(value) => found.region(region, value, file),
                // In JSON-MIN a region is its own value.
                None if label_list(region).is_some() => found.region(region, region, file),
                None => file.problem(region.line(), format!("{} isn't kept", kind(region))),
            }
        }
        found
    }

    /// The entities of a region, one for each of its labels.
    fn region(&mut self, region: JsonNode<'_>, value: JsonNode<'_>, file: &mut FileImport<'_>) {
        let Some(labels) = label_list(value) else {
            if value.get("start").is_some() && value.get("end").is_some() {
                self.refused = true;
                file.problem(region.line(), "the entity has no label; it was left out".to_owned());
            } else {
                file.problem(region.line(), format!("{} isn't kept", kind(region)));
            }
            return;
        };
        // Of a text with markup the offsets within the plain text are apart from those within an element.
        let place = value.get("globalOffsets").unwrap_or(value);
        let offset = |name| place.get(name).and_then(JsonNode::count);
        let (Some(start), Some(end)) = (offset("start"), offset("end")) else {
            self.refused = true;
            file.problem(region.line(), "the entity has no start and end counted from 0; it was left out".to_owned());
            return;
        };
        let labels: Vec<String> = labels.elements().into_iter().filter_map(JsonNode::string).collect();
        if labels.is_empty() {
            self.refused = true;
            file.problem(region.line(), format!("the entity {start}–{end} has no label; it was left out"));
        }
        let text = value.get("text").and_then(JsonNode::string).filter(|text| !text.is_empty());
        let (line, of_text) = (Some(region.line()), region.get("to_name").and_then(JsonNode::string));
        let detail = detail(region);
        self.entities.extend(labels.into_iter().map(|label| {
            let entity =
                StandoffEntity { line, label, start, end, more: Box::default(), text: text.clone(), detail: None };
            (of_text.clone(), entity.with(detail.clone()))
        }));
    }
}

/// What a region's metadata says: notes as attributes, and a code.
fn detail(region: JsonNode<'_>) -> Detail {
    let mut found = Detail::default();
    let Some(meta) = region.get("meta") else { return found };
    if let Some(code) = meta.get("code").and_then(JsonNode::string) {
        found.code(&code);
    }
    match meta.get("text") {
        Some(text) if text.is_string() => {
            found.attribute(&text.plain(), "");
        }
        Some(list) => found.attributes_of(list),
        None => {}
    }
    found
}

fn label_list(value: JsonNode<'_>) -> Option<JsonNode<'_>> {
    ["labels", "hypertextlabels"].iter().find_map(|name| value.get(name)).filter(|labels| labels.is_array())
}

fn kind(region: JsonNode<'_>) -> String {
    region.get("type").and_then(JsonNode::string).map_or_else(
        || "what is no entity".to_owned(),
        |kind| format!("what is of type {} and no entity", quoted(&kind)),
    )
}
