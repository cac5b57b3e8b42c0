//! Where and how the server listens.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::{COUNT_MAX, ConfigError, TIMEOUT_S_MAX, within};

/// Where and how the server listens. Each field is also `FEDNER_LISTEN_<FIELD>`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ListenConfig {
    /// Address and port; port 0 takes a free one. Beyond the own machine, use [tls] or a proxy that has it.
    pub address: SocketAddr,
    /// Where browsers reach the server, such as `https://fedner.example.org`; invitation links begin with it, and
    /// requests without a credential are taken from pages there only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// Address and port for `/metrics`, `/livez` and `/readyz` without a credential: of a network that only the operator
    /// reaches, and without TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics_address: Option<SocketAddr>,
    /// Addresses or networks of proxies in front; only they are believed about whose request they pass on.
    #[serde(deserialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// The header in which those proxies name the client.
    pub proxy_header: ProxyHeader,
    /// Connections served at once; see `limits.connections_unknown_max` for what happens to further ones.
    pub connections_max: usize,
    /// Event streams that one site may hold open.
    pub streams_per_site_max: usize,
    /// Updates checked and stored at once; further ones wait. One that is still arriving does not count.
    pub uploads_max: usize,
    /// Longest time for a TLS handshake, for a request's headers, and for a connection without a request, in seconds.
    pub header_timeout_s: u64,
    /// Longest time for a request, in seconds, besides that in which its body arrives (see `limits.stall_s`); event
    /// streams are not bound by it.
    pub request_timeout_s: u64,
    /// Longest time for requests under way when the server stops, in seconds.
    pub shutdown_timeout_s: u64,
}

/// The header in which a proxy names its client. A proxy must set the one that is chosen here, since whatever
/// it does not touch was written by the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyHeader {
    /// `X-Forwarded-For`, as nginx, Apache, HAProxy and Traefik know it.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// The server's certificate; without one it speaks plain HTTP. Each field is also `FEDNER_TLS_<FIELD>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsConfig {
    /// File with the certificate and those that lead to its authority (PEM).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
    /// File with its private key (PEM).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
    /// How often the files are looked at for a new certificate, in seconds.
    pub reload_s: u64,
}

impl Default for TlsConfig {
    fn default() -> Self {
        Self { certificate: None, key: None, reload_s: 60 }
    }
}

impl Default for ListenConfig {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            metrics_address: None,
            trusted_proxies: Vec::new(),
            proxy_header: ProxyHeader::default(),
            connections_max: 4096,
            streams_per_site_max: 8,
            uploads_max: 8,
            header_timeout_s: 10,
            request_timeout_s: 60,
            shutdown_timeout_s: 10,
        }
    }
}

impl ListenConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let counts = [
            ("connections_max", self.connections_max),
            ("streams_per_site_max", self.streams_per_site_max),
            ("uploads_max", self.uploads_max),
        ];
        within("listen", COUNT_MAX, 1, counts)?;
        let times = [
            ("header_timeout_s", self.header_timeout_s),
            ("request_timeout_s", self.request_timeout_s),
            ("shutdown_timeout_s", self.shutdown_timeout_s),
        ];
        within("listen", TIMEOUT_S_MAX, 1, times)?;
        match &self.public_url {
            Some(url) if !is_origin(url) => {
                let rule =
                    format!("{url:?} is not http:// or https:// with a host and perhaps a port, and nothing more");
                Err(ConfigError::field("listen.public_url", rule))
            }
            _ => Ok(()),
        }
    }
}

impl TlsConfig {
    /// The files of certificate and key, where the server speaks TLS itself.
    pub fn files(&self) -> Option<(&Path, &Path)> {
        Some((self.certificate.as_deref()?, self.key.as_deref()?))
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        match (&self.certificate, &self.key) {
            (Some(_), None) => Err(ConfigError::field("tls.key", "it is missing; a certificate needs its private key")),
            (None, Some(_)) => Err(ConfigError::field("tls.certificate", "it is missing; a key alone does nothing")),
            _ => within("tls", TIMEOUT_S_MAX, 1, [("reload_s", self.reload_s)]),
        }
    }
}

/// Networks such as 10.0.0.0/24; an address alone is a network of one.
fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let network = |text: &String| {
        let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network.map_err(|_| {
            D::Error::custom(format!("{text:?} is no address such as 10.0.0.7 and no network such as 10.0.0.0/24"))
        })
    };
    Vec::<String>::deserialize(deserializer)?.iter().map(network).collect()
}

/// Scheme, host and port, without a path: links are made by adding to it.
fn is_origin(url: &str) -> bool {
    let uri = url.trim_end_matches('/').parse::<axum::http::Uri>();
    uri.is_ok_and(|uri| {
        let http = matches!(uri.scheme_str(), Some("http" | "https"));
        let bare = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        http && bare && matches!(uri.path(), "" | "/") && uri.query().is_none() && !url.contains('#')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_an_address_or_a_network() {
        let read = |text: &str| toml::from_str::<ListenConfig>(&format!("trusted_proxies = {text}"));
        let networks = read(r#"["10.0.0.7", "10.1.0.0/16", "2001:db8::7"]"#).unwrap().trusted_proxies;
        assert_eq!(networks, ["10.0.0.7/32", "10.1.0.0/16", "2001:db8::7/128"].map(|net| net.parse().unwrap()));
        let error = read(r#"["proxy.example.org"]"#).unwrap_err().to_string();
        assert!(error.contains("proxy.example.org") && error.contains("10.0.0.0/24"), "{error}");
    }

    #[test]
    fn a_public_url_is_an_origin() {
        for good in ["https://fedner.example.org", "http://localhost:8080/", "https://[2001:db8::1]:8443"] {
            assert!(is_origin(good), "{good}");
        }
        for bad in
            ["fedner.example.org", "https://", "https://a/b", "https://a?b", "https://u:p@a", "ftp://a", "https://a#b"]
        {
            assert!(!is_origin(bad), "{bad}");
        }
    }
}
