//! Puts the configuration together from file, environment and command line.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::{Config, DatabaseUrl, FederationConfig};

/// A commented file with every field; the defaults are the values in it.
pub const EXAMPLE: &str = include_str!("../../fedner.example.toml");

/// Sections whose fields can be set by the environment, as `FEDNER_<SECTION>_<FIELD>`.
const SECTIONS: [&str; 6] = ["listen", "tls", "limits", "store", "page", "log"];
/// Largest configuration file, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Why the server can't start with this configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("can't read the configuration file {path}: {reason}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file is not a configuration.
    #[error("configuration file {path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// An environment variable is not a field, or has a wrong value.
    #[error("environment variable {name}: {reason}")]
    Variable {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    },
    /// A field has a value that can't work.
    #[error("configuration, {name}: {reason}")]
    Field {
        /// The field.
        name: String,
        /// Why.
        reason: String,
    },
}

impl ConfigError {
    pub(super) fn field(name: &str, reason: impl ToString) -> Self {
        Self::Field { name: name.to_owned(), reason: reason.to_string() }
    }
}

/// What the command line sets.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--config`.
    pub file: Option<PathBuf>,
    /// `--demo`: serve the demo federation if the file has none.
    pub demo: bool,
    /// `--address`.
    pub address: Option<SocketAddr>,
    /// `--port`; on the own machine only, unless an address is given too.
    pub port: Option<u16>,
    /// `--data-dir`.
    pub data_dir: Option<PathBuf>,
    /// `--database-url`.
    pub database_url: Option<DatabaseUrl>,
    /// `--page-dir`.
    pub page_dir: Option<PathBuf>,
    /// `--log-level`.
    pub log_level: Option<String>,
}

impl Config {
    /// Reads the file, lays the environment and then the command line over it, and checks the whole.
    ///
    /// # Errors
    /// Names the file, line, variable or field that is wrong.
    pub fn load(
        overrides: Overrides,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let config = Self::layered(overrides, environment)?;
        config.validate()?;
        Ok(config)
    }

    /// As [`Config::load`], for a command that serves nothing: neither federations nor the page need be there.
    ///
    /// # Errors
    /// Names the file, line, variable or field that is wrong.
    pub fn load_settings(
        overrides: Overrides,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let config = Self::layered(overrides, environment)?;
        config.validate_settings()?;
        Ok(config)
    }

    fn layered(
        overrides: Overrides,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut config = match &overrides.file {
            Some(path) => read(path)?,
            None => Self::default(),
        };
        for (name, value) in environment {
            config = config.with_variable(&name, &value)?;
        }
        overrides.apply(&mut config);
        Ok(config)
    }

    /// Reads a configuration from TOML. It is not checked yet.
    ///
    /// # Errors
    /// Says where and what.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|e| e.to_string())
    }

    fn with_variable(self, name: &str, value: &str) -> Result<Self, ConfigError> {
        let path = name.strip_prefix("FEDNER_").map(str::to_ascii_lowercase);
        let path = path.as_deref().and_then(|path| path.split_once('_'));
        let Some((section, field)) = path.filter(|(section, _)| SECTIONS.contains(section)) else {
            return Ok(self);
        };
        let wrong = |reason: String| ConfigError::Variable { name: name.to_owned(), reason };
        let mut table = Table::try_from(&self).map_err(|e| wrong(e.to_string()))?;
        let section = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
        if let Some(section) = section.as_table_mut() {
            section.insert(field.to_owned(), variable_value(value));
        }
        table.try_into().map_err(|e: toml::de::Error| wrong(e.message().to_owned()))
    }
}

/// A number, a list in brackets as TOML has it, or else a text.
fn variable_value(text: &str) -> Value {
    let list = || format!("list = {text}").parse::<Table>().ok()?.remove("list").filter(Value::is_array);
    let number = || text.parse().ok().map(Value::Integer);
    number().or_else(list).unwrap_or_else(|| Value::String(text.to_owned()))
}

fn read(path: &Path) -> Result<Config, ConfigError> {
    let failed = |reason: String| ConfigError::Read { path: path.to_owned(), reason };
    let bytes = std::fs::metadata(path).map_err(|e| failed(e.to_string()))?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(failed(format!("it has {bytes} bytes, more than {FILE_BYTES_MAX}")));
    }
    let text = std::fs::read_to_string(path).map_err(|e| failed(e.to_string()))?;
    Config::from_toml(&text).map_err(|reason| ConfigError::File { path: path.to_owned(), reason })
}

impl Overrides {
    fn apply(self, config: &mut Config) {
        if let Some(address) = self.address {
            config.listen.address = address;
        }
        match (self.address, self.port) {
            (Some(_), Some(port)) => config.listen.address.set_port(port),
            (None, Some(port)) => config.listen.address = SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            (_, None) => {}
        }
        if let Some(data_dir) = self.data_dir {
            config.store.data_dir = data_dir;
        }
        if let Some(url) = self.database_url {
            config.store.database_url = Some(url);
        }
        if let Some(page_dir) = self.page_dir {
            config.page.dir = Some(page_dir);
        }
        if let Some(level) = self.log_level {
            config.log.level = level;
        }
        if self.demo && config.federations.is_empty() {
            config.federations.push(FederationConfig::demo());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn demo() -> Overrides {
        Overrides { demo: true, ..Overrides::default() }
    }

    #[test]
    fn the_example_is_a_configuration_and_names_every_field() {
        let example = Config::from_toml(EXAMPLE).unwrap();
        let page = super::super::PageConfig::default();
        Config { page, ..example.clone() }.validate().unwrap();
        let defaults = Config { federations: vec![], page: example.page.clone(), ..Config::default() };
        let found = Config { federations: vec![], ..example.clone() };
        assert_eq!(found, Config { store: found.store.clone(), ..defaults });
        let mut all = Config { federations: vec![FederationConfig::demo()], ..example };
        all.listen.public_url = Some("https://a".to_owned());
        all.listen.metrics_address = Some(all.listen.address);
        (all.tls.certificate, all.tls.key) = (Some("a".into()), Some("b".into()));
        for line in toml::to_string(&all).unwrap().lines().filter_map(|line| line.split_once(" = ")) {
            assert!(EXAMPLE.contains(&format!("{} = ", line.0)), "the example lacks {}", line.0);
        }
    }

    #[test]
    fn the_command_line_wins_over_the_environment_and_that_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("fedner.toml");
        std::fs::write(&file, "[listen]\naddress = '0.0.0.0:1'\nuploads_max = 3\n[log]\nlevel = 'warn'\n").unwrap();
        let overrides = Overrides { file: Some(file), address: "[::1]:3".parse().ok(), ..demo() };
        let environment = variables(&[
            ("FEDNER_LISTEN_ADDRESS", "1.2.3.4:2"),
            ("FEDNER_LISTEN_UPLOADS_MAX", "4"),
            ("FEDNER_LISTEN_TRUSTED_PROXIES", "['10.0.0.0/8']"),
            ("FEDNER_LIMITS_FAILURES_BURST", "5"),
            ("FEDNER_STORE_DATA_DIR", "/somewhere"),
            ("FEDNER_CONFIG", "else"),
        ]);
        let config = Config::load(overrides, environment).unwrap();
        assert_eq!(config.listen.address, "[::1]:3".parse().unwrap());
        assert_eq!((config.listen.uploads_max, config.log.level.as_str()), (4, "warn"));
        assert_eq!(config.listen.trusted_proxies, ["10.0.0.0/8".parse().unwrap()]);
        assert_eq!(config.limits.failures_burst.get(), 5);
        assert_eq!(config.store.data_dir, PathBuf::from("/somewhere"));
        assert_eq!(config.federations, [FederationConfig::demo()]);
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let error = Config::from_toml("[listen]\nadress = '0.0.0.0:1'\n").unwrap_err();
        assert!(error.contains("line 2") && error.contains("adress"), "{error}");
        let error = Config::load(demo(), variables(&[("FEDNER_LISTEN_ADRESS", "x")])).unwrap_err().to_string();
        assert!(error.contains("FEDNER_LISTEN_ADRESS") && error.contains("adress"), "{error}");
        let error = Config::load(Overrides::default(), []).unwrap_err().to_string();
        assert!(error.contains("--demo"), "{error}");
        let zero = variables(&[("FEDNER_LISTEN_REQUEST_TIMEOUT_S", "0")]);
        let error = Config::load(demo(), zero).unwrap_err().to_string();
        assert!(error.contains("listen.request_timeout_s: it is 0"), "{error}");
        let page = Overrides { page_dir: Some("/nowhere".into()), ..demo() };
        assert!(Config::load(page, []).unwrap_err().to_string().contains("page.dir: /nowhere has no index.html"));
        let text = "[[federations]]\nid = 'a'\nname = 'A'\n[federations.rounds]\nmin_sites = 1\nquorum = 2\n";
        let error = Config::from_toml(text).unwrap().validate().unwrap_err().to_string();
        assert!(error.contains("federations[0].rounds: quorum is 2"), "{error}");
        let two = "[[federations]]\nid = 'a'\nname = 'A'\n[federations.rounds]\nquorum = 2\n";
        let error = Config::from_toml(two).unwrap().validate().unwrap_err().to_string();
        assert!(error.contains("rounds.quorum: it is 2") && error.contains("sites_may_learn"), "{error}");
        let allowed = two.replace("name = 'A'\n", "name = 'A'\nsites_may_learn_each_others_updates = true\n");
        Config::from_toml(&allowed).unwrap().validate().unwrap();
        let twice =
            Config { federations: vec![FederationConfig::demo(), FederationConfig::demo()], ..Config::default() };
        assert!(twice.validate().unwrap_err().to_string().contains("federations[1].id"));
    }
}
