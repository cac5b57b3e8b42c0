//! PubTator's form.

use super::super::{Format, write};
use super::{document, entities, lines_of, messages, names, pair, read};

#[test]
fn titles_abstracts_entities_and_relations() {
    let file = "1|t|β-blockers | and rest\n1|a|No pain.\n1\t0\t10\tβ-blockers\tChemical\tD1\n1\t28\t32\tpain\tDisease\tD2\n\
                1\tCID\tD1\tD2\n\n\n2|t|\n2|a|Only abstract\n2\t1\t5\tOnly\tX\n3|t|No blank line before\n3|a|\n";
    let imported = read(&[("a.txt", file)]);
    assert_eq!(imported.files[0].format, Format::Pubtator);
    assert_eq!(names(&imported), ["1", "2", "3"]);
    assert_eq!(imported.documents[0].text, "β-blockers | and rest\nNo pain.");
    assert_eq!(imported.documents[2].text, "No blank line before");
    assert_eq!(entities(&imported, 0), [pair("Chemical", "β-blockers"), pair("Disease", "o pa")][..1]);
    assert_eq!(entities(&imported, 1), [pair("X", "Only")]);
    assert_eq!(lines_of(&imported.problems), [4, 5]);
    assert_eq!(imported.documents[0].details[&0].code.as_deref(), Some("D1"));
    assert!(imported.documents.iter().all(|document| document.labelled));
}

#[test]
fn lines_that_fit_nothing_are_named() {
    let file = "1|t|title\n1|a|abstract\n2\t0\t5\ttitle\tX\n1\t0\tx\ttitle\tX\n1\t0\t5\ttitle\n1\t0\t5\ttitel\tX\n";
    let imported = read(&[("a.pubtator", file)]);
    assert_eq!((entities(&imported, 0), imported.documents[0].labelled), (vec![], false));
    assert_eq!(lines_of(&imported.problems), [1, 3, 4, 5, 6]);
    assert!(messages(&imported)[4].contains("should be \"titel\", but \"title\" stands there"));
}

#[test]
fn lines_of_a_text_become_two() {
    let written = write(
        Format::Pubtator,
        &[
            document("a b|c", "title\nfirst\nsecond 💊 x", &[(6, 18, "A\tB"), (21, 22, "X")]),
            document("d", "title \nspace", &[]),
        ],
    );
    let content = String::from_utf8_lossy(&written.files[0].bytes).into_owned();
    assert_eq!(
        content,
        "a_b_c|t|title\na_b_c|a|first second 💊 x\na_b_c\t6\t18\tfirst second\tA B\t-\na_b_c\t21\t22\tx\tX\t-\n\n\
         d|t|title  space\nd|a|\n\n"
    );
    let documents: Vec<_> = written.problems.iter().map(|problem| problem.document.as_str()).collect();
    assert_eq!(documents, ["a b|c", "a b|c", "d"]);
}
