//! Tokens, sentences and offsets.

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use crate::{SENTENCE_TOKENS_MAX, Utf16Offsets, sentences};

/// Sentences as lists of the tokens' texts.
fn words(text: &str) -> Vec<Vec<&str>> {
    sentences(text).iter().map(|sentence| sentence.tokens.iter().map(|token| token.text(text)).collect()).collect()
}

fn tokens(text: &str) -> Vec<&str> {
    words(text).concat()
}

#[test]
fn clinical_tokens() {
    assert_eq!(tokens("3.5 mg/kg"), ["3.5", "mg", "/", "kg"]);
    assert_eq!(tokens("BP 120/80, T37.5°C"), ["BP", "120", "/", "80", ",", "T37.5", "°", "C"]);
    assert_eq!(tokens("non-Hodgkin's x2"), ["non", "-", "Hodgkin's", "x2"]);
    assert_eq!(tokens("1,000 IU q.d."), ["1,000", "IU", "q", ".", "d", "."]);
    assert_eq!(tokens("pain:none pain.Patient a_b"), ["pain", ":", "none", "pain", ".", "Patient", "a", "_", "b"]);
    assert_eq!(tokens("1;2 3-5 +++"), ["1", ";", "2", "3", "-", "5", "+", "+", "+"]);
    assert_eq!(tokens("αβ-blocker µg"), ["αβ", "-", "blocker", "µg"]);
}

#[test]
fn clusters_stay_whole() {
    assert_eq!(tokens("👩‍👩‍👧 🇩🇪🇫🇷 👍🏽e\u{301}te\u{301}"), ["👩‍👩‍👧", "🇩🇪", "🇫🇷", "👍🏽", "e\u{301}te\u{301}"]);
    assert_eq!(tokens("a.\u{301}b"), ["a", ".\u{301}", "b"]);
    assert_eq!(tokens("x \u{301}y"), ["x", "\u{301}", "y"]);
    assert_eq!(tokens("كتاب طبي שלום"), ["كتاب", "طبي", "שלום"]);
    assert_eq!(tokens("a\0b"), ["a", "\0", "b"]);
}

#[test]
fn every_line_break_ends_a_sentence() {
    for end in ["\n", "\r", "\r\n", "\u{2028}", "\u{2029}", "\u{85}", "\u{b}", "\u{c}"] {
        assert_eq!(
            words(&format!("no fever{end}{end} and no pain")),
            [["no", "fever"].as_slice(), &["and", "no", "pain"]]
        );
    }
    assert!(sentences("").is_empty());
    assert!(sentences(" \r\n\u{a0}\u{2028}").is_empty());
}

#[test]
fn sentences_end_where_they_should() {
    for (text, parts) in [
        ("He had pain. She had none! Did he? Yes.", 4),
        ("Seen by Dr. Smith vs. Jones.", 1),
        ("Gave approx. Ten tablets, e.g. Aspirin 5 mg. Daily i.v. Heparin.", 1),
        ("By J. R. Smith. Then left.", 2),
        ("Took 3.5 mg. then slept. It was 3. 5.", 2),
        ("See Fig. 2 and No. 7. No. He didn't.", 3),
        ("1. Aspirin. 2. Insulin.", 2),
        ("Weight was 80. He grew.", 2),
        ("He said \"no.\" Then left.", 2),
        ("(He left.) Then came.", 2),
        ("Tired ... but well. , as said.", 1),
        ("Impression: ? Pneumonia. Well.", 2),
        ("so tired!! Now ok", 2),
        ("take . 5 mg and said \" wow . \" Then slept", 2),
        ("Discharged. 5 days later well", 2),
        ("发烧。头痛。", 2),
        ("see www.Example.Org now", 1),
    ] {
        assert_eq!(sentences(text).len(), parts, "{text}: {:?}", words(text));
    }
    // Tokens joined by a space, as CoNLL files give them.
    assert_eq!(
        words("He left . ( He came . ) Then"),
        [["He", "left", "."].as_slice(), &["(", "He", "came", ".", ")"], &["Then"]]
    );
    assert_eq!(words("said \" wow . \" Then"), [["said", "\"", "wow", ".", "\""].as_slice(), &["Then"]]);
    assert_eq!(sentences("given i . v . Heparin by Dr . Smith").len(), 1);
}

#[test]
fn long_sentences_are_cut_after_punctuation() {
    let text = format!("{}, {}", "a ".repeat(99), "b ".repeat(300));
    let lengths: Vec<usize> = sentences(&text).iter().map(|sentence| sentence.tokens.len()).collect();
    assert_eq!(lengths, [100, SENTENCE_TOKENS_MAX, SENTENCE_TOKENS_MAX, 44]);
}

#[test]
fn utf16_offsets_by_hand() {
    let offsets = Utf16Offsets::new("a😀b😀");
    assert_eq!((0..=5).map(|chars| offsets.to_utf16(chars)).collect::<Vec<_>>(), [0, 1, 3, 4, 6, 6]);
    let back: Vec<Option<usize>> = (0..=7).map(|utf16| offsets.to_chars(utf16)).collect();
    assert_eq!(back, [Some(0), Some(1), None, Some(2), Some(3), None, Some(4), None]);
}

/// Text of the pieces that go wrong: marks, joiners, flags, line ends, white space, right-to-left, abbreviations.
fn odd_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zA-Z]{1,4}",
        2 => "[0-9]{1,3}",
        4 => prop::sample::select(vec![
            " ", ".", ",", "\n", "\r\n", "\r", "\t", "\u{a0}", "\u{2028}", "\u{301}", "\u{200d}", "\u{fe0f}", "👩", "😀", "🇩",
            "🏽", "ש", "ب", "\u{200f}", "ก", "क", "\u{94d}", "각", "\u{1100}", "\u{600}", "\0", "\u{feff}", "'", ":", ";", "_",
            "-", "/", "!", "?", "。", "Dr.", "e.g.", "\u{3000}", "ア", "\u{1161}", "\u{ad}", "\u{1f3fb}", "\u{e0001}",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn tokens_cover_the_text_exactly(text in odd_text()) {
        let chars: Vec<char> = text.chars().collect();
        let mut last = 0;
        let mut covered = vec![false; chars.len()];
        for sentence in sentences(&text) {
            prop_assert!((1..=SENTENCE_TOKENS_MAX).contains(&sentence.tokens.len()));
            for token in sentence.tokens {
                prop_assert!(token.chars.start >= last && token.chars.start < token.chars.end);
                last = token.chars.end;
                let by_chars: String = chars[token.chars.clone()].iter().collect();
                prop_assert_eq!(&by_chars, &text[token.bytes.clone()]);
                covered[token.chars].fill(true);
            }
        }
        for (c, covered) in chars.iter().zip(covered) {
            prop_assert_eq!(covered, !c.is_whitespace(), "{:?}", c);
        }
    }

    #[test]
    fn no_token_cuts_a_cluster(text in odd_text()) {
        let found = sentences(&text);
        let edges: Vec<usize> =
            found.iter().flat_map(|s| &s.tokens).flat_map(|token| [token.bytes.start, token.bytes.end]).collect();
        for (start, cluster) in text.grapheme_indices(true).filter(|(_, cluster)| !cluster.contains(char::is_whitespace)) {
            prop_assert!(!edges.iter().any(|edge| start < *edge && *edge < start + cluster.len()), "{:?}", cluster);
        }
    }

    #[test]
    fn no_sentence_reaches_over_a_line_break(text in odd_text()) {
        for sentence in sentences(&text) {
            let (first, last) = (&sentence.tokens[0], &sentence.tokens[sentence.tokens.len() - 1]);
            let breaks = ['\n', '\r', '\u{2028}'];
            prop_assert!(!text[first.bytes.start..last.bytes.end].contains(breaks));
        }
    }

    #[test]
    fn a_line_is_read_alike_wherever_it_stands(before in odd_text(), text in odd_text()) {
        let whole = format!("{before}\n{text}");
        let mut together = words(&before);
        together.extend(words(&text));
        prop_assert_eq!(words(&whole), together);
    }

    #[test]
    fn utf16_round_trip(text in odd_text()) {
        let offsets = Utf16Offsets::new(&text);
        let mut utf16 = 0;
        let mut count = 0;
        for c in text.chars() {
            prop_assert_eq!(offsets.to_utf16(count), utf16);
            prop_assert_eq!(offsets.to_chars(utf16), Some(count));
            if c.len_utf16() == 2 {
                prop_assert_eq!(offsets.to_chars(utf16 + 1), None);
            }
            utf16 += c.len_utf16();
            count += 1;
        }
        prop_assert_eq!(offsets.to_chars(utf16), Some(count));
        prop_assert_eq!(offsets.to_chars(utf16 + 1), None);
        prop_assert_eq!(offsets.to_chars(usize::MAX), None);
    }
}
