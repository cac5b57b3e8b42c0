//! Codes and attributes of entities, in and out of every format that has them.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::{Detail, Document, Format};
use super::{document, messages, read, there_and_back};

/// Formats that hold codes and attributes.
const KEEPING: &[Format] = &[
    Format::Brat,
    Format::BiocXml,
    Format::BiocJson,
    Format::Pubannotation,
    Format::Doccano,
    Format::Spacy,
    Format::LabelStudio,
];

fn detail(code: Option<&str>, attributes: &[&str]) -> Detail {
    let attributes = attributes.iter().map(|&attribute| attribute.to_owned()).collect();
    Detail { code: code.map(str::to_owned), attributes }
}

fn with(detail: Detail) -> Document {
    let document = document("note", "Took aspirin, no fever.", &[(5, 12, "DRUG"), (17, 22, "SYM")]);
    Document { details: BTreeMap::from([(1, detail)]), ..document }
}

fn odd_detail() -> impl Strategy<Value = Detail> {
    let attribute = ("[A-Z][a-z_]{0,6}", prop::option::of("[a-z0-9ü&<.-]{1,5}"));
    let attribute = attribute.prop_filter("a flag by another name", |(_, value)| value.as_deref() != Some("true"));
    let code = prop::option::of("([A-Z]{2,5}:)?[A-Z0-9.]{1,8}");
    (code, prop::collection::vec(attribute, 0..4)).prop_map(|(code, attributes)| {
        // A name says one thing: in the JSON forms it is a member.
        let named: BTreeMap<String, Option<String>> = attributes.into_iter().collect();
        let mut attributes: Vec<String> = named
            .into_iter()
            .map(|(name, value)| value.map_or(name.clone(), |value| format!("{name}={value}")))
            .collect();
        attributes.sort();
        // Names that stand for a code are one.
        attributes.retain(|attribute| {
            !["code", "cui", "mesh"].contains(&attribute.to_lowercase().split('=').next().unwrap_or(""))
        });
        Detail { code, attributes }
    })
}

proptest! {
    #[test]
    fn what_is_said_of_an_entity_comes_back(detail in odd_detail()) {
        for &format in KEEPING {
            let before = with(detail.clone());
            let after = there_and_back(format, std::slice::from_ref(&before));
            prop_assert_eq!(&after.documents[0].spans, &before.spans);
            let found = after.documents[0].details.get(&1).cloned().unwrap_or_default();
            prop_assert_eq!(found, detail.clone(), "{}", format);
            prop_assert!(!after.documents[0].details.contains_key(&0));
            prop_assert!(after.problems.is_empty(), "{}: {:?}", format, after.problems);
        }
    }
}

#[test]
fn what_a_format_cannot_hold_is_said() {
    let before = with(detail(Some("MESH:D005334"), &["Negated"]));
    for &format in Format::ALL.iter().filter(|format| format.can_write() && !KEEPING.contains(format)) {
        let written = super::super::write(format, std::slice::from_ref(&before));
        let said = written.problems.iter().any(|problem| problem.message.contains("attributes"));
        assert!(said, "{format}: {:?}", written.problems);
    }
    let pubtator = there_and_back(Format::Pubtator, std::slice::from_ref(&before));
    assert_eq!(pubtator.documents[0].details[&1], detail(Some("MESH:D005334"), &[]));
}

#[test]
fn brats_attributes_and_references_are_read() {
    let annotations = "T1\tDRUG 5 12\taspirin\nA1\tNegated T1\nA2\tCertainty T1 low\nN1\tReference T1 ATC:B01AC06\taspirin\n\
                       A3\tNegated E9\n#1\tAnnotatorNotes T1\tsure\n";
    let imported = read(&[("a.txt", "Took aspirin.\n"), ("a.ann", annotations)]);
    assert_eq!(imported.documents[0].details[&0], detail(Some("ATC:B01AC06"), &["Certainty=low", "Negated"]));
    assert_eq!(
        messages(&imported),
        [
            "attributes aren't kept: 1 in this file, the first at this line",
            "notes (#) aren't kept: 1 in this file, the first at this line"
        ]
    );
}

#[test]
fn members_of_json_entities_are_read() {
    let record = r#"{"text": "Took aspirin.", "spans": [{"start": 5, "end": 12, "label": "DRUG", "kb_id": "Q18216", "attributes": {"negated": true, "by": "GP"}}]}"#;
    let imported = read(&[("a.jsonl", record)]);
    assert_eq!(imported.documents[0].details[&0], detail(Some("Q18216"), &["by=GP", "negated"]));
    let region = r#"[{"data": {"text": "Took aspirin."}, "annotations": [{"result": [{"type": "labels", "meta": {"text": ["sure"], "code": "7"},
        "value": {"start": 5, "end": 12, "text": "aspirin", "labels": ["DRUG"]}}]}]}]"#;
    assert_eq!(read(&[("a.json", region)]).documents[0].details[&0], detail(Some("7"), &["sure"]));
}
