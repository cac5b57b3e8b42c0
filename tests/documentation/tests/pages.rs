//! What the repository's pages say of it: links lead somewhere, and files and items that are named exist.

use std::collections::HashSet;

use fedner_documentation::{Page, Repository, ShownCommand};

/// What a page may have.
const README_BYTES_MAX: usize = 9_216;
const ARCHITECTURE_LINES_MAX: usize = 250;

/// Endings of files that are all in the repository: one that is named without its folder must be there, too.
const ENDINGS: [&str; 7] = [".rs", ".js", ".ts", ".py", ".sql", ".css", ".md"];

/// Words in paths that stand for any name.
const PLACEHOLDERS: [&str; 5] = ["NAME", "NUMBER", "LAYER", "SITE", "HASH"];

/// Examples, and files outside the repository.
const NOT_OURS: [&str; 1] = ["foo.rs"];

fn repository() -> (Repository, Vec<Page>) {
    let repository = Repository::open().expect("the working tree is readable");
    let pages = repository.pages().expect("the pages are readable");
    assert!(pages.iter().any(|page| page.path == "README.md"), "there is a README");
    (repository, pages)
}

fn check(what: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
}

#[test]
fn the_first_pages_are_short() {
    let (_, pages) = repository();
    for page in pages {
        match page.path.as_str() {
            "README.md" => assert!(page.text.len() <= README_BYTES_MAX, "README.md has {} bytes", page.text.len()),
            ".github/ARCHITECTURE.md" => {
                let lines = page.text.lines().count();
                assert!(lines <= ARCHITECTURE_LINES_MAX, "ARCHITECTURE.md has {lines} lines");
            }
            _ => {}
        }
    }
}

#[test]
fn links_lead_to_files_and_headings_of_the_repository() {
    let (repository, pages) = repository();
    let mut wrong = Vec::new();
    for page in &pages {
        for link in page.links.iter().filter(|link| !link.to.contains("://")) {
            let (path, anchor) = link.to.split_once('#').unwrap_or((&link.to, ""));
            let path = if path.is_empty() { Some(page.path.clone()) } else { joined(page.folder(), path) };
            let leads = path.is_some_and(|path| {
                let target = pages.iter().find(|page| page.path == path);
                let there = path.is_empty() || repository.has(&path);
                there && (anchor.is_empty() || target.is_some_and(|page| page.anchors.iter().any(|a| a == anchor)))
            });
            if !leads {
                wrong.push(format!("{}:{}: {}", page.path, link.line, link.to));
            }
        }
    }
    check("links that lead nowhere", &wrong);
}

/// A relative path from a folder, without `.` and `..`; none if it leaves the repository.
fn joined(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()?),
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[test]
fn files_that_are_named_exist() {
    let (repository, pages) = repository();
    let mut wrong = Vec::new();
    for page in &pages {
        for code in page.code.iter().filter(|code| code.inline) {
            let missing = expanded(&code.text).into_iter().filter(|path| !is_there(&repository, page, path));
            wrong.extend(missing.map(|path| format!("{}:{}: {path}", page.path, code.line)));
        }
    }
    check("files that are not in the repository", &wrong);
}

/// The paths that a code span with at most one `{a,b}` names.
fn expanded(span: &str) -> Vec<String> {
    let braces = span.split_once('{').and_then(|(start, rest)| Some((start, rest.split_once('}')?)));
    match braces {
        Some((start, (choices, end))) => choices.split(',').map(|choice| format!("{start}{choice}{end}")).collect(),
        None => vec![span.to_owned()],
    }
}

/// Whether a code span names something in the repository, or no file at all.
fn is_there(repository: &Repository, page: &Page, span: &str) -> bool {
    let of_a_path = |sign: char| sign.is_ascii_alphanumeric() || "_-./*".contains(sign);
    let elsewhere = span.starts_with(['/', '.', '-']) && !span.starts_with(".github");
    if elsewhere || NOT_OURS.contains(&span) || !span.chars().all(of_a_path) {
        return true;
    }
    let path = PLACEHOLDERS.iter().fold(span.to_owned(), |path, placeholder| path.replace(placeholder, "*"));
    let first = path.split('/').next().unwrap_or_default();
    let from_page = |path: &str| joined(page.folder(), path).is_some_and(|path| repository.has(&path));
    let of_a_folder = path.contains('/') && first != "*" && (repository.has(first) || from_page(first));
    let of_a_source = ENDINGS.iter().any(|ending| path.len() > ending.len() && path.ends_with(ending));
    (!of_a_folder && !of_a_source) || repository.has(&path) || from_page(&path) || repository.has_ending(&path)
}

#[test]
fn items_that_are_named_exist() {
    let (repository, pages) = repository();
    let identifiers = repository.identifiers().expect("the sources are readable");
    let mut wrong = Vec::new();
    for page in &pages {
        for code in &page.code {
            let Some(command) = ShownCommand::of(&page.path, code) else { continue };
            // In a command, a test's path; in prose, an item's path or a function.
            let words =
                command.words.iter().filter(|word| word.contains("::") || (code.inline && word.ends_with("()")));
            let missing = words.filter(|word| !are_known(&identifiers, word));
            wrong.extend(missing.map(|word| format!("{}: {word}", command.place)));
        }
    }
    check("items that no source file has", &wrong);
}

fn are_known(identifiers: &HashSet<String>, path: &str) -> bool {
    let parts = path.split(|sign: char| !sign.is_alphanumeric() && sign != '_');
    parts.filter(|part| !part.is_empty()).all(|part| identifiers.contains(part))
}

#[test]
fn packages_that_commands_name_exist() {
    let (repository, pages) = repository();
    let names = repository.package_names().expect("the manifests are readable");
    let mut wrong = Vec::new();
    for command in pages.iter().flat_map(|page| page.code.iter().filter_map(|code| ShownCommand::of(&page.path, code)))
    {
        let after_flag = command.words.windows(2).filter(|pair| pair[0] == "-p" || pair[0] == "--package");
        let missing = after_flag.map(|pair| &pair[1]).filter(|name| !names.contains(*name));
        wrong.extend(missing.map(|name| format!("{}: {name}", command.place)));
    }
    check("packages that the workspace lacks", &wrong);
}
