//! The configuration: a TOML file, then the environment, then the command line; the later one wins.
//!
//! One struct a concern. Unknown fields are refused, and everything is checked at the start.

mod database_url;
mod federation;
mod limits;
mod listen;
mod load;
#[cfg(test)]
mod table;
mod warnings;

use std::fmt;
use std::path::PathBuf;

use fedner_protocol::Digest;
use serde::{Deserialize, Serialize};

pub use self::database_url::DatabaseUrl;
pub use self::federation::{Enrolment, FederationConfig};
pub use self::limits::LimitsConfig;
pub use self::listen::{ListenConfig, ProxyHeader, TlsConfig};
pub use self::load::{ConfigError, EXAMPLE, Overrides};

/// Everything that an operator can set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where and how the server listens.
    pub listen: ListenConfig,
    /// Its certificate.
    pub tls: TlsConfig,
    /// How much one site, one address or all together may ask for.
    pub limits: LimitsConfig,
    /// Where it keeps its data.
    pub store: StoreConfig,
    /// The page that it serves.
    pub page: PageConfig,
    /// What it logs.
    pub log: LogConfig,
    /// The federations that it serves.
    pub federations: Vec<FederationConfig>,
}

/// Where the server keeps its data. Each field is also `FEDNER_STORE_<FIELD>`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreConfig {
    /// Folder of the SQLite database and of what merges keep out of memory; made if missing. One server a folder.
    pub data_dir: PathBuf,
    /// A PostgreSQL database to use instead; several servers may share it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_url: Option<DatabaseUrl>,
    /// Largest size of the SQLite database in bytes; without it the disk is the limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_max: Option<u64>,
}

/// The page that the server serves. Each field is also `FEDNER_PAGE_<FIELD>`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PageConfig {
    /// Folder with the built page; without it only the programming interface is served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dir: Option<PathBuf>,
}

/// What the server logs, to standard error. Each field is also `FEDNER_LOG_<FIELD>`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// `error`, `warn`, `info`, `debug` or `trace`, or a filter such as `info,fedner_server=debug`.
    pub level: String,
    /// For people, or for programs that collect logs.
    pub format: LogFormat,
}

/// How lines of the log are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// A line of text an event.
    #[default]
    Text,
    /// A JSON object an event, with the request's number and the client's address as fields.
    Json,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self { data_dir: PathBuf::from("data"), database_url: None, bytes_max: None }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::default() }
    }
}

impl Config {
    /// Checks what types alone can't say.
    ///
    /// # Errors
    /// Names the first field that can't work.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.validate_settings()?;
        if let Some(dir) = self.page.dir.as_ref().filter(|dir| !dir.join("index.html").is_file()) {
            let rule = format!("{} has no index.html; build the page first, or leave page.dir out", dir.display());
            return Err(ConfigError::field("page.dir", rule));
        }
        if self.federations.is_empty() {
            return Err(ConfigError::field("federations", "there is none; configure one, or start with --demo"));
        }
        Ok(())
    }

    /// Names this configuration in the audit log. The database's address is left out: it may hold a password.
    pub(crate) fn digest(&self) -> Digest {
        let mut public = self.clone();
        public.store.database_url = None;
        // A configuration that was read can be written.
        Digest::of(toml::to_string(&public).unwrap_or_default().as_bytes())
    }

    /// Checks all but whether there is something to serve.
    pub(crate) fn validate_settings(&self) -> Result<(), ConfigError> {
        self.listen.validate()?;
        self.store.validate()?;
        self.limits.validate()?;
        self.tls.validate()?;
        if let Err(e) = tracing_subscriber::EnvFilter::try_new(&self.log.level) {
            return Err(ConfigError::field("log.level", e));
        }
        for (i, federation) in self.federations.iter().enumerate() {
            federation.validate(i)?;
            if self.federations[..i].iter().any(|other| other.id == federation.id) {
                let rule = format!("{} is there twice", federation.id);
                return Err(ConfigError::field(&format!("federations[{i}].id"), rule));
            }
        }
        Ok(())
    }
}

impl fmt::Display for StoreConfig {
    /// Where the data are, without a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.database_url {
            Some(url) => write!(f, "database {url}"),
            None => write!(f, "data folder {}", self.data_dir.display()),
        }
    }
}

impl StoreConfig {
    fn validate(&self) -> Result<(), ConfigError> {
        match (self.bytes_max, &self.database_url) {
            (Some(0), _) => Err(ConfigError::field("store.bytes_max", "it must be above 0; leave it out for no limit")),
            (Some(_), Some(_)) => Err(ConfigError::field(
                "store.bytes_max",
                "it limits SQLite; with store.database_url, limit the size in PostgreSQL and leave it out",
            )),
            _ => Ok(()),
        }
    }
}

/// Checks that numbers of a section can work.
fn within<T: PartialOrd + std::fmt::Display + Copy>(
    section: &str,
    max: T,
    one: T,
    values: impl IntoIterator<Item = (&'static str, T)>,
) -> Result<(), ConfigError> {
    for (name, value) in values {
        if !(one..=max).contains(&value) {
            return Err(ConfigError::field(&format!("{section}.{name}"), format!("it is {value}, use {one} to {max}")));
        }
    }
    Ok(())
}

/// Most connections, streams or uploads that can be configured.
const COUNT_MAX: usize = 100_000;
/// Longest timeout that can be configured, in seconds.
const TIMEOUT_S_MAX: u64 = 3600;
