//! Which member of a task's data is the text. The labelling configuration, which isn't in the file, names it; the regions'
//! words show it.

use super::super::json::JsonNode;
use super::super::lines::quoted;
use super::super::standoff::StandoffEntity;

/// Members that name a task and are never its text.
const NAMES: &[&str] = &["name", "title", "file", "filename", "id", "url", "annotator", "created_at", "updated_at"];

/// How many words are looked for in each member.
const WORDS_MAX: usize = 50;

/// The text, or why it can't be told.
pub(super) fn find(data: JsonNode<'_>, entities: &[(Option<String>, StandoffEntity)]) -> Result<String, String> {
    let strings: Vec<(String, String)> = data
        .members()
        .filter(|(_, value)| value.is_string())
        .filter_map(|(name, value)| Some((name, value.string()?)))
        .collect();
    let texts: Vec<&(String, String)> = strings.iter().filter(|(_, text)| !is_address(text)).collect();
    let words: Vec<&str> = entities.iter().filter_map(|(_, entity)| entity.text.as_deref()).take(WORDS_MAX).collect();
    let of_name = |wanted: &str| texts.iter().find(|(name, _)| name == wanted);
    if !words.is_empty() {
        let held = |text: &str| words.iter().filter(|word| holds(text, word)).count();
        let most = texts.iter().map(|(_, text)| held(text)).max().unwrap_or_default();
        let best: Vec<_> = texts.iter().filter(|(_, text)| most > 0 && held(text) == most).collect();
        let named = |wanted: &str| best.iter().find(|(name, _)| name == wanted);
        let target = entities.iter().find_map(|(of_text, _)| of_text.as_deref());
        if let Some((_, text)) = named("text").or_else(|| named(target?)).or(best.first()) {
            return Ok(text.clone());
        }
    }
    if let Some((_, text)) = of_name("text") {
        return Ok(text.clone());
    }
    let mut others = texts.iter().filter(|(name, _)| !NAMES.contains(&name.as_str()));
    match (others.next(), others.next()) {
        (Some((_, text)), None) => Ok(text.clone()),
        (None, _) => Err(match strings.iter().find(|(_, text)| is_address(text)) {
            Some((_, address)) => format!(
                "the text isn't in the file, which holds its address {} only: export the tasks with their text",
                quoted(address)
            ),
            None => "this task has no text".to_owned(),
        }),
        (Some(_), Some(_)) => {
            let names: Vec<String> = texts.iter().map(|(name, _)| quoted(name)).collect();
            Err(format!("which of {} is the text can't be told: rename it to \"text\"", names.join(", ")))
        }
    }
}

/// Whether a text holds the words, whatever the white space between them.
fn holds(text: &str, words: &str) -> bool {
    if text.contains(words) {
        return true;
    }
    let mut parts = words.split("\\n").flat_map(str::split_whitespace);
    let mut rest = text;
    parts.all(|part| rest.find(part).map(|at| rest = &rest[at + part.len()..]).is_some())
}

/// Whether a string is an address or a path and nothing else: the text stands there, not here.
fn is_address(text: &str) -> bool {
    let text = text.trim();
    let is_one_word = !text.is_empty() && !text.contains(char::is_whitespace);
    let scheme =
        text.split_once("://").is_some_and(|(scheme, _)| scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    is_one_word && (scheme || text.starts_with("/data/") || text.starts_with("data:"))
}
