//! The page's sample notes, made up and public: what a projection is fitted on where no other text is given.

const SAMPLES: [&str; 6] = [
    include_str!("../../../../www/samples/lakeside/train.conll"),
    include_str!("../../../../www/samples/lakeside/held-out.conll"),
    include_str!("../../../../www/samples/north/train.conll"),
    include_str!("../../../../www/samples/north/held-out.conll"),
    include_str!("../../../../www/samples/riverside/train.conll"),
    include_str!("../../../../www/samples/riverside/held-out.conll"),
];

/// The text of the sample notes.
pub fn sample_notes() -> String {
    let mut text = String::new();
    for line in SAMPLES.iter().flat_map(|sample| sample.lines()) {
        match line.split_once('\t') {
            Some((word, _)) => {
                text.push_str(word);
                text.push(' ');
            }
            None if text.ends_with(' ') => text.push('\n'),
            None => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_sample_notes_are_enough_text() {
        let text = super::sample_notes();
        assert!(text.split_whitespace().count() > 5000 && !text.contains("#doc"));
    }
}
