//! Names that people write and read.

/// Whether a text can be shown as a name: one line without control characters, and without the invisible characters that
/// would show it as another one (Unicode Technical Report 36, section 2), such as U+202E, which turns the order of what follows
/// it around. The joiners U+200C and U+200D stay: names in Persian and Indic scripts need them.
pub fn is_plain_name(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || is_misleading(c))
}

fn is_misleading(c: char) -> bool {
    matches!(c,
        // Marks, embeddings, overrides and isolates of the order of writing.
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{206F}'
        // Line and paragraph separators.
        | '\u{2028}' | '\u{2029}'
        // Nothing to see: soft hyphen, fillers, zero-width and invisible operators, variation selectors, tags.
        | '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}' | '\u{2060}'..='\u{2065}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_and_wards_are_plain_and_tricks_are_not() {
        for good in [
            "St Mary's, ward 3",
            "Universitätsklinikum Köln",
            "بیمارستان شریعتی",
            "می\u{200C}خواهم",
            "東京大学病院",
            "",
        ] {
            assert!(is_plain_name(good), "{good}");
        }
        for bad in
            ["a\u{202E}b", "a\nb", "a\0", "\u{2067}a", "a\u{200B}", "\u{FEFF}a", "a\u{2028}b", "a\u{E0041}", "a\u{7f}"]
        {
            assert!(!is_plain_name(bad), "{bad:?}");
        }
    }
}
