//! BioC, XML and JSON.

use super::super::{FileError, Format, ReadOptions};
use super::{InputFile, document, entities, lines_of, messages, names, pair, read, there_and_back};

/// As NCBI's services answer; `%` stands for the offsets.
const XML: &str = r#"<?xml version='1.0' encoding='UTF-8'?><!DOCTYPE collection SYSTEM 'BioC.dtd'>
<!-- <document> --><collection><source>PubTator</source><date></date><key>BioC.key</key>
<document><id>354896</id><infon key="license">none</infon>
<passage><infon key="type">title</infon><offset>0</offset><text>β-blockers &amp; asystole &#x3b2;.</text>
<annotation id="1"><infon key="identifier">D1</infon><infon key="type">Chemical</infon>
<location offset="0" length="%1"/><text>β-blockers</text></annotation></passage>
<passage><infon key="type">abstract</infon><offset>%2</offset><sentence><offset>%2</offset><text>No α pain.</text>
<annotation id="2"><infon key="type">Disease</infon><location offset="%3" length="4"></location>
<text><![CDATA[pain]]></text></annotation></sentence></passage>
<relation id="R1"><infon key="type">x</infon><node refid="1" role="a"/></relation>
</document></collection>"#;

fn xml(length: usize, offset: usize, pain: usize) -> String {
    let number = |number: usize| number.to_string();
    XML.replace("%1", &number(length)).replace("%2", &number(offset)).replace("%3", &number(pain))
}

#[test]
fn passages_sentences_and_either_unit() {
    for (file, detail) in
        [(xml(11, 28, 34), None), (xml(10, 26, 31), Some("offsets in code points, by the marked texts"))]
    {
        let imported = read(&[("a.xml", &file)]);
        assert_eq!((imported.files[0].format, names(&imported)), (Format::BiocXml, vec!["354896"]));
        assert_eq!(imported.documents[0].text, "β-blockers & asystole β.\n\nNo α pain.", "{detail:?}");
        assert_eq!(entities(&imported, 0), [pair("Chemical", "β-blockers"), pair("Disease", "pain")]);
        assert_eq!(imported.files[0].detail.as_deref(), detail);
        assert_eq!(lines_of(&imported.problems), [10]);
        assert!(messages(&imported)[0].starts_with("relations aren't kept: 1 in this file"));
    }
}

#[test]
fn nothing_expands_and_the_good_part_is_taken() {
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE collection [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\n<collection>\
                <document><id>1</id><passage><offset>0</offset><text>x &b; y</text></passage></document>\n<document>\
                <id>2</id><passage><offset>zero</offset><text>second</text><annotation id=\"1\"><location offset=\"0\"/>\
                </annotation></passage></document>\n<document><id>3</id></passage>";
    let imported = read(&[("a.xml", bomb)]);
    assert_eq!(imported.documents.iter().map(|d| &*d.text).collect::<Vec<_>>(), ["x \u{fffd} y", "second"]);
    assert_eq!(lines_of(&imported.problems), [2, 3, 3, 3, 3, 4]);
    assert!(messages(&imported)[4].contains("counts as unread"), "{:?}", messages(&imported));
    assert!(messages(&imported)[5].contains("the document \"3\" isn't complete"), "{:?}", messages(&imported));
    let error =
        super::super::read(&[InputFile { name: "a.xml", bytes: b"<html><body/></html>" }], &ReadOptions::default());
    assert!(matches!(error.expect_err("no notes").error, FileError::Foreign { .. }));
}

#[test]
fn json_of_a_collection_a_list_lines_and_the_service() {
    let document = r#"{"id": "7", "infons": {}, "passages": [{"infons": {"type": "title"}, "offset": 0, "text": "β-blockers", "sentences": [],
        "annotations": [{"id": "1", "infons": {"type": "Chemical", "identifier": "D1"}, "text": "blockers",
        "locations": [{"offset": 2, "length": 8}]}], "relations": []},
        {"infons": {}, "offset": "11", "text": "No pain", "annotations": [{"infons": {}, "text": "pain", "locations": [{"offset": 14, "length": 4}]},
        {"infons": {"type": "X"}, "locations": []}]}], "relations": [{"id": "R1"}]}"#;
    let inner = document.replace('\n', " ");
    for (file, lines) in [
        (format!("{{\"source\": \"\",\n\"documents\": [{document}]}}"), vec![5, 6, 6]),
        (format!("[{{\"documents\": [{inner}]}}]"), vec![1; 3]),
        (format!("{{\"PubTator3\": [{inner}]}}"), vec![1; 3]),
        (format!("{inner}\n"), vec![1; 3]),
    ] {
        let imported = read(&[("a.json", &file)]);
        assert_eq!((imported.files[0].format, names(&imported)), (Format::BiocJson, vec!["7"]));
        assert_eq!(imported.documents[0].text, "β-blockers\nNo pain");
        assert_eq!(entities(&imported, 0), [pair("Chemical", "blockers"), pair("Entity", "pain")]);
        assert_eq!(imported.documents[0].details[&0].code.as_deref(), Some("D1"));
        assert_eq!(lines_of(&imported.problems), lines, "{:?}", messages(&imported));
    }
    let cut = format!("{{\"documents\": [{inner},\n{inner},\n{{\"id\": \"8\", \"passages\": [");
    let imported = read(&[("a.json", &cut)]);
    assert_eq!((names(&imported), lines_of(&imported.problems).last()), (vec!["7", "7 (2)"], Some(&3)));
}

#[test]
fn entities_beside_passages_find_theirs() {
    let file = r#"{"documents": [{"id": "1", "passages": [{"offset": 5, "text": "first"}, {"offset": 20, "text": "second"}],
        "annotations": [{"infons": {"type": "X"}, "text": "cond", "locations": [{"offset": 22, "length": 4}]},
        {"infons": {"type": "X"}, "locations": [{"offset": 1, "length": 4}]}]}]}"#;
    let imported = read(&[("a.json", file)]);
    assert_eq!(imported.documents[0].text, format!("first{}second", "\n".repeat(10)));
    assert_eq!((entities(&imported, 0), lines_of(&imported.problems)), (vec![pair("X", "cond")], vec![3]));
}

#[test]
fn a_gap_of_any_size_costs_no_memory() {
    let file = r#"{"documents": [{"id": "1", "passages": [{"offset": 0, "text": "a"}, {"offset": 4000000000, "text": "b",
        "annotations": [{"infons": {"type": "X"}, "locations": [{"offset": 4000000000, "length": 1}]}]},
        {"offset": 4, "text": "c"}]}]}"#;
    let imported = read(&[("a.json", file)]);
    assert_eq!((imported.documents[0].text.as_str(), entities(&imported, 0)), ("a\nb\nc", vec![pair("X", "b")]));
}

#[test]
fn what_xml_cannot_hold_is_said() {
    let documents = [document("a\u{1}", "x\0y\r\nz", &[(0, 5, "A<\"&'>")])];
    let written = super::super::write(Format::BiocXml, &documents);
    assert_eq!(written.problems.len(), 1);
    let imported = there_and_back(Format::BiocXml, &documents);
    assert_eq!((imported.documents[0].text.as_str(), names(&imported)), ("x\u{fffd}y\r\nz", vec!["a\u{fffd}"]));
    assert_eq!(entities(&imported, 0), [pair("A<\"&'>", "x\u{fffd}y\r\n")]);
}
