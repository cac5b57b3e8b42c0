//! What can work, but not as it seems to be meant.

use super::Config;

/// Connections that a site takes over HTTP/1.1: an event stream, and one for everything else.
const CONNECTIONS_A_SITE: usize = 2;

impl Config {
    /// What the operator should know about limits that do not fit each other, one sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let sites = self.federations.iter().map(|federation| federation.sites_max as usize).sum::<usize>();
        let known = self.listen.connections_max.saturating_sub(self.limits.connections_unknown_max);
        let mut warnings = Vec::new();
        if self.limits.streams_max < sites {
            warnings.push(format!(
                "limits.streams_max is {}, the federations may have {sites} sites (sites_max): some of them would get no \
                 event stream. Raise it, or lower sites_max",
                self.limits.streams_max
            ));
        }
        if known < CONNECTIONS_A_SITE * sites {
            warnings.push(format!(
                "listen.connections_max less limits.connections_unknown_max leaves {known} connections for sites; {sites} \
                 sites (sites_max) with {CONNECTIONS_A_SITE} each over HTTP/1.1 don't fit. Raise listen.connections_max, \
                 or lower sites_max"
            ));
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::FederationConfig;

    #[test]
    fn the_defaults_fit_and_too_many_sites_are_told() {
        let config = Config { federations: vec![FederationConfig::demo()], ..Config::default() };
        assert_eq!(config.warnings(), Vec::<String>::new());
        let many = FederationConfig { sites_max: 3000, ..FederationConfig::demo() };
        let warnings = Config { federations: vec![many], ..Config::default() }.warnings().join("\n");
        assert!(
            warnings.contains("limits.streams_max is 2048") && warnings.contains("leaves 3072 connections"),
            "{warnings}"
        );
    }
}
