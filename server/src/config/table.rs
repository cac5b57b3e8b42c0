//! The table of settings in `README.md`, made from the commented example, which a test keeps complete.

use super::EXAMPLE;

/// What stands before and after the table in `README.md`.
const MARKS: (&str, &str) = ("<!-- settings: written by a test, see below -->\n", "<!-- settings end -->\n");

/// A setting of the example.
struct Setting {
    section: String,
    name: String,
    /// As TOML has it; of one that is commented out, an example.
    value: String,
    is_default: bool,
    meaning: String,
}

/// The table as Markdown: a row a setting.
fn markdown() -> String {
    let mut table = "| setting | default | meaning |\n|---|---|---|\n".to_owned();
    for Setting { section, name, value, is_default, meaning } in settings(EXAMPLE) {
        let default = if is_default { format!("`{}`", value.replace('|', "\\|")) } else { "none".to_owned() };
        table += &format!("| `{section}.{name}` | {default} | {} |\n", meaning.replace('|', "\\|"));
    }
    table
}

fn settings(example: &str) -> Vec<Setting> {
    let (mut settings, mut section, mut comment) = (Vec::new(), String::new(), Vec::new());
    // What is said of several settings stands before the first of them, or before their section.
    let mut said = String::new();
    let mut open = 0;
    for line in example.lines() {
        // The lines of a list that goes over several.
        if open > 0 {
            open += depth(line);
            continue;
        }
        let text = line.strip_prefix("# ");
        if let Some(name) = section_header(text.unwrap_or(line)) {
            name.clone_into(&mut section);
            said = std::mem::take(&mut comment).join(" ");
        } else if let Some((name, value)) = assignment(text.unwrap_or(line)) {
            open = depth(value);
            let value = if open > 0 { "a list, see the example" } else { value };
            if !comment.is_empty() {
                said = std::mem::take(&mut comment).join(" ");
            }
            let (name, value, meaning) = (name.to_owned(), value.to_owned(), said.clone());
            settings.push(Setting { section: section.clone(), name, value, is_default: text.is_none(), meaning });
        } else if let Some(text) = line.strip_prefix('#') {
            comment.push(text.trim());
        } else {
            comment.clear();
        }
    }
    settings
}

/// The name in a section's header, commented out or not.
fn section_header(line: &str) -> Option<&str> {
    let name = line.strip_prefix('[')?.strip_suffix(']')?.trim_matches(['[', ']']);
    name.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c == '.').then_some(name)
}

/// A line that sets something, commented out or not; words of a comment are no name.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(" = ")?;
    let is_name = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    (is_name && !name.is_empty()).then_some((name, value))
}

/// Brackets that are opened and not closed.
fn depth(line: &str) -> i32 {
    line.chars().map(|c| i32::from(c == '[') - i32::from(c == ']')).sum()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn readme() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")
    }

    #[test]
    fn each_setting_is_a_row_with_its_comment() {
        let table = markdown();
        assert!(table.contains("| `listen.uploads_max` | `8` | Updates checked and stored at once;"), "{table}");
        assert!(table.contains("| `tls.certificate` | none | File with the certificate"), "{table}");
        assert!(table.contains("| `federations.rounds.quorum` | `3` |"), "{table}");
        assert!(table.contains("| `federations.secure_aggregation.clip` | none |"), "{table}");
        assert!(table.lines().all(|line| !line.contains("|  |")), "a setting has no comment:\n{table}");
    }

    #[test]
    fn the_deployment_files_set_what_there_is() {
        let known: Vec<_> = settings(EXAMPLE).into_iter().map(|s| format!("{}_{}", s.section, s.name)).collect();
        let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy");
        let mut seen = 0;
        for file in ["docker/Dockerfile", "compose/compose.yaml", "kubernetes/fedner.yaml"] {
            let text = std::fs::read_to_string(deploy.join(file)).unwrap();
            for found in text.split("FEDNER_").skip(1) {
                let name: String = found.chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect();
                assert!(known.contains(&name.to_ascii_lowercase()), "{file}: FEDNER_{name}");
                seen += 1;
            }
        }
        assert!(seen >= 5, "they set {seen}");
    }

    #[test]
    fn the_readme_has_the_table() {
        let text = std::fs::read_to_string(readme()).unwrap();
        let (_, after) = text.split_once(MARKS.0).expect("the readme has a place for the table");
        let (found, _) = after.split_once(MARKS.1).expect("the table has an end");
        assert_eq!(
            found.trim(),
            markdown().trim(),
            "write it: cargo test -p fedner-server --lib settings -- --ignored"
        );
    }

    #[test]
    #[ignore = "writes README.md"]
    fn write_the_table_of_settings() {
        let text = std::fs::read_to_string(readme()).unwrap();
        let (before, after) = text.split_once(MARKS.0).unwrap();
        let (_, after) = after.split_once(MARKS.1).unwrap();
        std::fs::write(readme(), format!("{before}{}\n{}\n{}{after}", MARKS.0, markdown(), MARKS.1)).unwrap();
    }
}
