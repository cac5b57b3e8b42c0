//! Who asks, where a proxy stands in front.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;

use crate::config::{ListenConfig, ProxyHeader};

/// The proxies that are believed about whom they pass on.
pub struct Proxies {
    trusted: Vec<IpNet>,
    header: ProxyHeader,
}

impl Proxies {
    /// As configured.
    pub fn new(config: &ListenConfig) -> Self {
        Self { trusted: config.trusted_proxies.clone(), header: config.proxy_header }
    }

    /// Whether an address is a trusted proxy's.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(&address))
    }

    /// The address that a request counts for: the connection's own, or, where that is a trusted proxy, the
    /// first from the right in its header that is not one. What stands further left was written by the client.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        if !self.trusts(peer) {
            return client;
        }
        let (name, hop): (_, fn(&str) -> Option<IpAddr>) = match self.header {
            ProxyHeader::XForwardedFor => (HeaderName::from_static("x-forwarded-for"), address),
            ProxyHeader::Forwarded => (HeaderName::from_static("forwarded"), forwarded_for),
        };
        let lines: Vec<&HeaderValue> = headers.get_all(name).iter().collect();
        // At commas only, whatever the quotes: a proxy appends its entry to what the client wrote, and a quote that the
        // client left open must not swallow that entry.
        for entry in lines.into_iter().rev().flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b',')) {
            // An entry that is malformed or hides its address: the proxy that passed it on stands for it.
            let Some(address) = str::from_utf8(entry).ok().and_then(hop) else { break };
            client = address;
            if !self.trusts(address) {
                break;
            }
        }
        client
    }
}

/// The node of one entry of `Forwarded` (RFC 7239, section 4), such as `for="[2001:db8::1]:4711";proto=https`. `None`
/// unless every pair of it is well formed and exactly one of them is `for`.
fn forwarded_for(entry: &str) -> Option<IpAddr> {
    let mut node = None;
    for pair in entry.split(';') {
        let (name, value) = pair.split_once('=')?;
        let (name, value) = (name.trim(), unquoted(value.trim())?);
        if !is_token(name) {
            return None;
        }
        if name.eq_ignore_ascii_case("for") && node.replace(value).is_some() {
            return None;
        }
    }
    address(node?)
}

/// The text of a token or of a quoted string without escapes.
fn unquoted(value: &str) -> Option<&str> {
    match value.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"').filter(|text| !text.contains(['"', '\\'])),
        None => is_token(value).then_some(value),
    }
}

/// A token of HTTP (RFC 9110, section 5.6.2).
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:".contains(&b))
}

/// An address, with or without a port; with a port, IPv6 stands in brackets. Nothing else may follow it.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = match text.strip_prefix('[') {
        Some(bracketed) => {
            let (address, port) = bracketed.split_once(']')?;
            if !port.is_empty() && !port.strip_prefix(':').is_some_and(is_port) {
                return None;
            }
            IpAddr::V6(address.parse().ok()?)
        }
        None => match text.split_once(':') {
            Some((address, port)) if !port.contains(':') => is_port(port).then(|| address.parse().ok())??,
            _ => text.parse().ok()?,
        },
    };
    Some(address.to_canonical())
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn proxies(header: ProxyHeader) -> Proxies {
        let trusted = ["10.0.0.0/8", "2001:db8::/32"].map(|net| net.parse().unwrap()).to_vec();
        Proxies { trusted, header }
    }

    fn client(header: ProxyHeader, peer: &str, lines: &[&str]) -> String {
        let name = match header {
            ProxyHeader::XForwardedFor => "x-forwarded-for",
            ProxyHeader::Forwarded => "forwarded",
        };
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(name, line.parse().unwrap());
        }
        proxies(header).client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn the_first_address_from_the_right_that_is_no_proxy_counts() {
        let x = |peer, lines: &[&str]| client(ProxyHeader::XForwardedFor, peer, lines);
        assert_eq!(x("192.0.2.1", &["203.0.113.9"]), "192.0.2.1", "who is no proxy is not believed");
        assert_eq!(x("10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(x("10.0.0.1", &["198.51.100.1, 203.0.113.9"]), "203.0.113.9", "what the client wrote is not");
        assert_eq!(
            x("10.0.0.1", &["198.51.100.1", "203.0.113.9, 10.0.0.2"]),
            "203.0.113.9",
            "several lines and proxies"
        );
        assert_eq!(x("10.0.0.1", &["203.0.113.9, unknown"]), "10.0.0.1");
        assert_eq!(x("10.0.0.1", &["203.0.113.9, nonsense, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(x("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(x("10.0.0.1", &["203.0.113.9:4711"]), "203.0.113.9");
        assert_eq!(x("10.0.0.1", &["2a00::1"]), "2a00::1");
        assert_eq!(x("10.0.0.1", &["[2a00::1]:4711"]), "2a00::1");
        assert_eq!(x("10.0.0.1", &["::ffff:203.0.113.9"]), "203.0.113.9");
        assert_eq!(x("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3", "proxies only: the furthest");
    }

    #[test]
    fn the_standard_header_is_understood_and_the_other_one_ignored() {
        let f = |lines: &[&str]| client(ProxyHeader::Forwarded, "10.0.0.1", lines);
        assert_eq!(f(&["for=203.0.113.9;proto=https;by=10.0.0.1"]), "203.0.113.9");
        assert_eq!(f(&["For=198.51.100.1, proto=https; FOR = \"[2a00::1]:4711\""]), "2a00::1");
        assert_eq!(f(&["for=\"203.0.113.9, 198.51.100.1\""]), "10.0.0.1", "a quoted comma separates nothing");
        assert_eq!(f(&["for=_hidden"]), "10.0.0.1");
        assert_eq!(f(&["proto=https"]), "10.0.0.1");
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "203.0.113.9".parse().unwrap());
        let peer = "10.0.0.1".parse().unwrap();
        assert_eq!(proxies(ProxyHeader::Forwarded).client(peer, &headers), peer);
    }

    #[test]
    fn what_a_client_leaves_open_does_not_swallow_the_proxys_entry() {
        let x = |line: &str| client(ProxyHeader::XForwardedFor, "10.0.0.1", &[line]);
        assert_eq!(x("[198.51.100.7]\", 203.0.113.9"), "203.0.113.9");
        assert_eq!(x("\"198.51.100.7, 203.0.113.9"), "203.0.113.9");
        for malformed in
            ["[198.51.100.7]\"", "[198.51.100.7]", "[2a00::1]x", "198.51.100.7:x", "198.51.100.7:", "a:1", ""]
        {
            assert_eq!(x(malformed), "10.0.0.1", "{malformed}");
        }
        let f = |line: &str| client(ProxyHeader::Forwarded, "10.0.0.1", &[line]);
        assert_eq!(f("for=198.51.100.7;x=\", for=203.0.113.9"), "203.0.113.9");
        assert_eq!(f("for=\"[198.51.100.7, for=203.0.113.9"), "203.0.113.9");
        let malformed = [
            "for=198.51.100.7;x=\"",
            "for=\"[2a00::1",
            "for=\"2a00::1]\"",
            "for=198.51.100.7;for=198.51.100.8",
            "for=198.51.100.7;",
            "for=198.51.100.7;y=z\"",
        ];
        for line in malformed {
            assert_eq!(f(line), "10.0.0.1", "{line}");
        }
    }

    /// What clients write: addresses of others, quotes, brackets and separators above all.
    fn written() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            Just("198.51.100.7".to_owned()),
            Just("[2a00::7]".to_owned()),
            Just("for=".to_owned()),
            "[\"\\[\\],;=:\\\\ ]{1,3}",
            "[ -~]{0,8}",
        ];
        proptest::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn whatever_the_client_writes_the_proxys_own_entry_counts(written in written()) {
            for (header, entry) in [(ProxyHeader::XForwardedFor, "203.0.113.9"), (ProxyHeader::Forwarded, "for=203.0.113.9")] {
                // As nginx's $proxy_add_x_forwarded_for appends, and as a line of its own.
                let line = format!("{written}, {entry}");
                prop_assert_eq!(client(header, "10.0.0.1", &[&line]), "203.0.113.9");
                prop_assert_eq!(client(header, "10.0.0.1", &[&written, entry]), "203.0.113.9");
            }
        }

        #[test]
        fn one_entry_is_the_address_that_it_is_or_the_peer(written in written()) {
            for header in [ProxyHeader::XForwardedFor, ProxyHeader::Forwarded] {
                if written.contains('"') && !written.contains(',') {
                    let found = client(header, "10.0.0.1", &[&written]);
                    let quoted = written.matches('"').count() % 2 == 0 && header == ProxyHeader::Forwarded;
                    prop_assert!(quoted || found == "10.0.0.1", "{written}: {found}");
                }
            }
        }
    }
}
