//! The repository's own pages (README files, `.github/*.md`), read for tests: their links, the files and items that they
//! name, and the commands that they show.
//!
//! Each program checks the commands shown for it with its own parser, in its own package: see [`check_commands`].

mod commands;
mod headings;
mod page;
mod repository;

pub use commands::{ShownCommand, check_commands};
pub use page::{Code, Link, Page};
pub use repository::Repository;
