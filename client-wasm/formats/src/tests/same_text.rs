//! The same text more than once.

use super::super::{Document, SameText, SameTextChoice, resolve_same_text, same_texts};
use super::document;

fn passes() -> Vec<Document> {
    vec![
        document("a", "Aspirin helped.", &[(0, 7, "DRUG")]),
        document("b", "No pain.", &[]),
        document("c", " Aspirin helped.\n", &[(1, 8, "DRUG"), (9, 15, "OUTCOME")]),
        document("d", "No pain.", &[]),
    ]
}

#[test]
fn only_other_entities_make_a_difference() {
    assert_eq!(same_texts(&passes()), [SameText { documents: vec![0, 2] }]);
    let mut unread = passes();
    unread[3].labelled = false;
    assert_eq!(same_texts(&unread).len(), 2, "read and found empty isn't unread");
    let moved = [document("a", "x", &[(0, 1, "X")]), document("b", " x", &[(1, 2, "X")])];
    assert_eq!(same_texts(&moved), [], "white space before the text moves its entities");
}

#[test]
fn they_are_merged_or_one_is_chosen() {
    let resolved = |choice| resolve_same_text(passes(), choice);
    let names = |documents: &[Document]| documents.iter().map(|d| d.name.clone()).collect::<Vec<_>>();
    assert_eq!(resolved(SameTextChoice::Keep), passes());
    assert_eq!(names(&resolved(SameTextChoice::First)), ["a", "b", "d"]);
    assert_eq!(names(&resolved(SameTextChoice::Last)), ["c", "b", "d"]);
    let merged = resolved(SameTextChoice::Merge);
    let expected = document("a", "Aspirin helped.", &[(0, 7, "DRUG"), (8, 14, "OUTCOME")]);
    assert_eq!((merged.len(), &merged[0]), (3, &expected));
}
