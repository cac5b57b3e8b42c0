//! The commands that pages show, and whether a program's own parser takes them.

use clap::Parser;
use clap::error::ErrorKind;

use crate::page::Code;
use crate::repository::Repository;

/// Words at which a shell's command ends, and another or a redirection begins.
const SHELL_OPERATORS: [&str; 6] = ["|", ">", ">>", "<", "&&", ";"];

/// A command as a page shows it.
pub struct ShownCommand {
    /// The page and the line, to print.
    pub place: String,
    /// The program and its arguments.
    pub words: Vec<String>,
    /// Whether it stands in a line of prose, where it may be named without its arguments.
    pub inline: bool,
}

impl ShownCommand {
    /// The command in a piece of code, without comments and what follows it in a pipe; none if it can't be split.
    pub fn of(page: &str, code: &Code) -> Option<Self> {
        let words = shlex::split(&code.text)?;
        let words = words.into_iter().take_while(|word| !SHELL_OPERATORS.contains(&word.as_str())).collect();
        Some(Self { place: format!("{page}:{}", code.line), words, inline: code.inline })
    }

    /// The program's arguments, if this command starts it: by its name, by its path, or through cargo.
    pub fn arguments_of(&self, program: &str) -> Option<&[String]> {
        let named: Vec<&str> = program.split(' ').collect();
        if self.words.len() >= named.len() && named.iter().zip(&self.words).all(|(name, word)| same(name, word)) {
            return Some(&self.words[named.len()..]);
        }
        let through_cargo = self.words.starts_with(&["cargo".into(), "run".into()]);
        let separator = self.words.iter().position(|word| word == "--")?;
        let (cargo, arguments) = self.words.split_at(separator);
        (through_cargo && cargo.iter().any(|word| word == program)).then(|| &arguments[1..])
    }
}

fn same(program: &str, word: &str) -> bool {
    word == program || word.ends_with(&format!("/{program}"))
}

/// Has a program's own parser read every command that a page shows for it. `program` is how pages start it, such as
/// "fedner-server" or "cargo xtask"; `first` are arguments that it gets before those shown.
///
/// # Panics
///
/// When a command isn't taken, or none is shown.
pub fn check_commands<P: Parser>(program: &str, first: &[&str]) {
    let repository = Repository::open().expect("the working tree is readable");
    let pages = repository.pages().expect("the pages are readable");
    let shown: Vec<ShownCommand> = pages
        .iter()
        .flat_map(|page| page.code.iter().filter_map(|code| ShownCommand::of(&page.path, code)))
        .filter(|command| command.arguments_of(program).is_some_and(|arguments| !arguments.is_empty()))
        .collect();
    assert!(!shown.is_empty(), "no page shows a command for {program}");
    let refused: Vec<String> = shown.iter().filter_map(|command| refusal::<P>(program, first, command)).collect();
    assert!(refused.is_empty(), "pages show commands that {program} doesn't take:\n{}", refused.join("\n"));
}

fn refusal<P: Parser>(program: &str, first: &[&str], command: &ShownCommand) -> Option<String> {
    let shown = command.arguments_of(program)?.iter().map(String::as_str);
    let error = P::try_parse_from([program].iter().chain(first).copied().chain(shown)).err()?;
    let fine = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => true,
        ErrorKind::MissingRequiredArgument | ErrorKind::MissingSubcommand => command.inline,
        _ => false,
    };
    (!fine).then(|| format!("{}: {}\n{error}", command.place, command.words.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(code: &str, program: &str) -> Option<String> {
        let code = Code { text: code.to_owned(), line: 1, inline: false };
        ShownCommand::of("page.md", &code)?.arguments_of(program).map(|words| words.join(" "))
    }

    #[test]
    fn a_program_is_found_by_name_by_path_and_through_cargo() {
        assert_eq!(arguments("cargo xtask page --dev   # quick", "cargo xtask").as_deref(), Some("page --dev"));
        assert_eq!(arguments("target/release/tool show > a.toml", "tool").as_deref(), Some("show"));
        assert_eq!(arguments("cargo run -p tool -- a \"b c\"", "tool").as_deref(), Some("a b c"));
        assert_eq!(arguments("cargo test -p tool -- a", "tool"), None);
        assert_eq!(arguments("another show", "tool"), None);
    }
}
