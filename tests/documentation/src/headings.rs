//! The anchors of headings, as GitHub makes them.

/// The anchor of a heading with this text: lower case, blanks as hyphens, without punctuation.
pub fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    kept.chars()
        .filter_map(|sign| match sign {
            ' ' => Some('-'),
            '-' | '_' => Some(sign),
            _ if sign.is_alphanumeric() => Some(sign),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_made_as_github_makes_it() {
        assert_eq!(anchor("What is protected, and what is not"), "what-is-protected-and-what-is-not");
        assert_eq!(anchor("`fedner-server`: a start"), "fedner-server-a-start");
    }
}
