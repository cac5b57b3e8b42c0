//! The URL of a PostgreSQL database, which may hold a password.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// A URL such as `postgres://user:password@host/database`. Written out by [`reveal`](Self::reveal) only;
/// `{:?}` and `{}` leave the password out. It is written to a configuration as it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct DatabaseUrl(String);

/// Text that is no URL of PostgreSQL. The text is not repeated: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it must begin with postgres:// or postgresql://; for SQLite leave it out and name store.data_dir")]
pub struct NoDatabaseUrl;

impl DatabaseUrl {
    /// The URL with its password.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for DatabaseUrl {
    type Error = NoDatabaseUrl;

    fn try_from(text: String) -> Result<Self, NoDatabaseUrl> {
        if SCHEMES.iter().any(|scheme| text.starts_with(scheme)) { Ok(Self(text)) } else { Err(NoDatabaseUrl) }
    }
}

impl FromStr for DatabaseUrl {
    type Err = NoDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, NoDatabaseUrl> {
        text.to_owned().try_into()
    }
}

impl fmt::Display for DatabaseUrl {
    /// Scheme, host and database: what stands before the last `@` and after a `?` can be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.split(['?', '#']).next().unwrap_or_default();
        let (scheme, rest) = shown.split_once("://").unwrap_or_default();
        match self.0.rsplit_once('@') {
            Some(_) => write!(f, "{scheme}://…@{}", rest.rsplit_once('@').map_or("…", |(_, host)| host)),
            None => write!(f, "{scheme}://{rest}"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_shown_by_reveal_alone() {
        for (text, shown) in [
            ("postgres://user:secret@host:5432/fedner?sslmode=verify-full", "postgres://…@host:5432/fedner"),
            ("postgresql://host/fedner?password=secret", "postgresql://host/fedner"),
            ("postgres://user:secret?more@host/fedner", "postgres://…@…"),
            ("postgres://user:a@secret@host/fedner", "postgres://…@host/fedner"),
            ("postgres://user:secret#1@host/fedner", "postgres://…@…"),
            ("postgres://%2Frun%2Fpostgresql/fedner", "postgres://%2Frun%2Fpostgresql/fedner"),
        ] {
            let url: DatabaseUrl = text.parse().unwrap();
            assert_eq!((url.to_string(), url.reveal()), (shown.to_owned(), text));
            assert!(!format!("{url:?}").contains("secret"));
        }
    }

    #[test]
    fn other_databases_are_refused_without_repeating_the_text() {
        let error = DatabaseUrl::from_str("mysql://user:secret@host/fedner").unwrap_err().to_string();
        assert!(error.contains("postgres://") && !error.contains("secret"), "{error}");
    }
}
