//! Formats that others write: PubAnnotation, BioNLP, i2b2, WebAnno TSV, tables. What is built from a known text and known
//! entities gives them back.

use proptest::prelude::*;

use super::super::{FileError, Format, InputFile, ReadOptions, TableColumns};
use super::{entities, messages, pair, read, there_and_back};
use fedner_text::labels::Span;

/// Words of a text, of which some are entities.
fn words() -> impl Strategy<Value = Vec<(String, Option<&'static str>)>> {
    let word = prop_oneof!["[a-zA-Z]{1,6}", "[β😀é]{1,3}", Just("\u{1f48a}x".to_owned())];
    let label = prop::option::weighted(0.4, prop::sample::select(vec!["DRUG", "AE"]));
    prop::collection::vec((word, label), 1..12)
}

/// The words a space apart, in lines of three, and the entities by chars.
fn text_of(words: &[(String, Option<&'static str>)]) -> (String, Vec<Span>) {
    let (mut text, mut spans) = (String::new(), Vec::new());
    for (at, (word, label)) in words.iter().enumerate() {
        if at > 0 {
            text.push(if at % 3 == 0 { '\n' } else { ' ' });
        }
        let start = text.chars().count();
        text.push_str(word);
        if let Some(label) = label {
            spans.push(Span { start, end: text.chars().count(), label: (*label).to_owned() });
        }
    }
    (text, spans)
}

proptest! {
    #[test]
    fn i2b2_concepts_stand_at_their_words(words in words()) {
        let (text, spans) = text_of(&words);
        let concept = |(at, (word, label)): (usize, &(String, Option<&str>))| {
            let place = format!("{}:{}", at / 3 + 1, at % 3);
            label.map(|label| format!("c=\"{}\" {place} {place}||t=\"{label}\"\n", word.to_lowercase()))
        };
        let concepts: String = words.iter().enumerate().filter_map(concept).collect();
        let imported = read(&[("a.txt", &text), ("a.con", &concepts)]);
        prop_assert_eq!(imported.files[0].format, Format::I2b2);
        prop_assert_eq!(&imported.documents[0].spans, &spans);
        prop_assert_eq!(imported.problems, []);
    }

    #[test]
    fn webanno_counts_code_units(words in words()) {
        let (text, spans) = text_of(&words);
        let mut file = "#FORMAT=WebAnno TSV 3.3\n#T_SP=webanno.custom.NamedEntity|value\n\n".to_owned();
        let mut start = 0;
        for (sentence, words) in words.chunks(3).enumerate() {
            let line: Vec<&str> = words.iter().map(|(word, _)| word.as_str()).collect();
            file.push_str(&format!("\n#Text={}\n", line.join(" ")));
            for (at, (word, label)) in words.iter().enumerate() {
                let end = start + word.encode_utf16().count();
                let id = format!("{}-{}", sentence + 1, at + 1);
                file.push_str(&format!("{id}\t{start}-{end}\t{word}\t{}\t\n", label.unwrap_or("_")));
                start = end + 1;
            }
        }
        let imported = read(&[("a.tsv", &file)]);
        prop_assert_eq!(imported.files[0].format, Format::WebannoTsv);
        prop_assert_eq!(&imported.documents[0].text, &text);
        prop_assert_eq!(&imported.documents[0].spans, &spans);
        prop_assert_eq!(imported.problems, []);
    }

    #[test]
    fn tables_with_offsets_give_their_entities(words in words()) {
        let (text, spans) = text_of(&words);
        prop_assume!(!spans.is_empty());
        let mut file = "id,text,start,end,label\r\n".to_owned();
        for span in &spans {
            file.push_str(&format!("7,\"{text}\",{},{},{}\r\n", span.start, span.end, span.label));
        }
        let imported = read(&[("a.csv", &file)]);
        prop_assert_eq!((imported.files[0].format, imported.documents.len()), (Format::Table, 1));
        prop_assert_eq!(&imported.documents[0].text, &text);
        prop_assert_eq!(&imported.documents[0].spans, &spans);
    }

    #[test]
    fn one_shift_of_all_offsets_is_found(words in words(), shift in 1..9_usize) {
        // Only different words show a shift: each gets a character of its own.
        let own = |at: usize| char::from_u32(0x4e00 + at as u32).expect("a character");
        let words: Vec<_> =
            words.into_iter().enumerate().map(|(at, (word, label))| (format!("{word}{}", own(at)), label)).collect();
        let (text, spans) = text_of(&words);
        let marked: Vec<&str> = words.iter().filter(|(_, label)| label.is_some()).map(|(word, _)| word.as_str()).collect();
        prop_assume!(marked.len() > 1);
        let lines: String = spans.iter().zip(&marked).enumerate().map(|(at, (span, word))| {
            format!("T{at}\t{} {} {}\t{word}\n", span.label, span.start + shift, span.end + shift)
        }).collect();
        let imported = read(&[("a.txt", &text), ("a.ann", &lines)]);
        prop_assert_eq!(&imported.documents[0].spans, &spans, "{:?}", imported.problems);
        prop_assert!(imported.documents[0].labelled);
    }

    #[test]
    fn words_that_disagree_are_no_training_data(words in words(), shift in 1..4_usize) {
        let (text, spans) = text_of(&words);
        let Some(span) = spans.first() else { return Ok(()) };
        let word: String = text.chars().skip(span.start).take(span.end - span.start).collect();
        let (start, end) = (span.start + shift, span.end + shift);
        let there: String = text.chars().skip(start).take(end - start).collect();
        let plain = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
        prop_assume!(plain(&there) != plain(&word));
        let annotations = format!("T1\t{} {start} {end}\t{word}\n", span.label);
        let imported = read(&[("a.txt", &text), ("a.ann", &annotations)]);
        // Counted in other units the words may stand there after all.
        let says_so = entities(&imported, 0) == [pair(&span.label, &word)];
        prop_assert!(!imported.documents[0].labelled || says_so, "{imported:?}");
    }
}

#[test]
fn unread_stays_unread_in_every_format_that_can_say_it() {
    let mut documents = vec![
        super::document("a", "Aspirin helped.", &[(0, 7, "DRUG")]),
        super::document("b", "Nobody has read this.", &[]),
        super::document("c", "Read, nothing found.", &[]),
    ];
    documents[1].labelled = false;
    for format in Format::ALL.iter().copied().filter(|format| format.can_write()) {
        let labelled: Vec<bool> = there_and_back(format, &documents).documents.iter().map(|d| d.labelled).collect();
        let said = super::super::write(format, &documents).problems;
        let says =
            said.iter().any(|problem| problem.document == "b" && problem.message.contains("nobody has looked at"));
        match format {
            // Notes without entities, which are all unread.
            Format::Text => assert_eq!((labelled, says), (vec![false; 3], false)),
            // It can't, and says so.
            Format::Pubtator => assert_eq!((labelled, says), (vec![true; 3], true)),
            // Its comment is only read here, so that it is said, too.
            Format::Conll => assert_eq!((labelled, says), (vec![true, false, true], true)),
            _ => assert_eq!((labelled, says), (vec![true, false, true], false), "{format}"),
        }
    }
}

#[test]
fn the_columns_of_a_table_can_be_chosen() {
    let table = InputFile { name: "a.csv", bytes: b"a,b,c\n1,No pain.,x\n2,Aspirin helped.,y\n" };
    let error = super::super::read(&[table], &ReadOptions::default()).expect_err("no column of texts");
    assert_eq!(error.error, FileError::ColumnUnknown { columns: "\"a\", \"b\", \"c\"".to_owned() });
    let columns = TableColumns { text: Some("b".to_owned()), id: Some("c".to_owned()), ..TableColumns::default() };
    let imported = super::super::read(&[table], &ReadOptions { format: None, columns }).expect("two notes");
    assert_eq!(super::names(&imported), ["x", "y"]);
    let columns = TableColumns { text: Some("d".to_owned()), ..TableColumns::default() };
    let options = ReadOptions { format: Some(Format::Table), columns };
    let error = super::super::read(&[table], &options).expect_err("no such column");
    assert!(matches!(error.error, FileError::ColumnUnknown { .. }));
}

#[test]
fn rows_that_do_not_fit_are_named() {
    let imported =
        read(&[("a.csv", "text,start,end,label\nAspirin,0,7,DRUG\nHeparin,0\nGout,x,4,AE\n\"No pain\",,,\n")]);
    assert_eq!(imported.documents.len(), 3);
    assert_eq!(entities(&imported, 0), [pair("DRUG", "Aspirin")]);
    let labelled: Vec<bool> = imported.documents.iter().map(|document| document.labelled).collect();
    assert_eq!(labelled, [true, false, true]);
    assert!(messages(&imported)[0].contains("the row has 2 columns and not 4"), "{:?}", messages(&imported));
}

#[test]
fn pubannotation_comes_back() {
    let documents = [super::document("a", "💊 Aspirin", &[(2, 5, "X"), (2, 9, "DRUG")])];
    let imported = there_and_back(Format::Pubannotation, &documents);
    assert_eq!((imported.files[0].format, &imported.documents[0].spans), (Format::Pubannotation, &documents[0].spans));
}
