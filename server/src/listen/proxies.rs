//! Who asks, where a proxy stands in front.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName};
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
    /// first from the right in its header that is not. What stands further left was written by the client.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        if !self.trusts(peer) {
            return client;
        }
        for hop in self.hops(headers).into_iter().rev() {
            // A hop that hides itself: the nearest that is known stands for it.
            let Some(address) = hop else { break };
            client = address;
            if !self.trusts(address) {
                break;
            }
        }
        client
    }

    /// Every hop that the header names, in order; `None` for one that is no address.
    fn hops(&self, headers: &HeaderMap) -> Vec<Option<IpAddr>> {
        let (name, hop): (_, fn(&str) -> Option<IpAddr>) = match self.header {
            ProxyHeader::XForwardedFor => (HeaderName::from_static("x-forwarded-for"), address),
            ProxyHeader::Forwarded => (HeaderName::from_static("forwarded"), forwarded_for),
        };
        let values = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default());
        values.flat_map(|value| parts(value, ',')).map(hop).collect()
    }
}

/// The node of one element of `Forwarded`, such as `for="[2001:db8::1]:4711";proto=https`.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    parts(element, ';').into_iter().find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| address(value.trim().trim_matches('"'))).flatten()
    })
}

/// An address, with or without a port; IPv6 perhaps in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = match text.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']')?.0,
        None if text.matches(':').count() == 1 => text.split_once(':')?.0,
        None => text,
    };
    bare.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// The parts between separators that stand outside double quotes.
fn parts(text: &str, separator: char) -> Vec<&str> {
    let mut quoted = false;
    let outside = |c: char| {
        quoted ^= c == '"';
        c == separator && !quoted
    };
    text.split(outside).collect()
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

    proptest! {
        #[test]
        fn whatever_the_client_writes_the_proxys_own_entry_counts(written in "[ -~]{0,60}") {
            let line = format!("{}, 203.0.113.9", written.replace('"', ""));
            prop_assert_eq!(client(ProxyHeader::XForwardedFor, "10.0.0.1", &[&line]), "203.0.113.9");
        }

        #[test]
        fn nothing_panics(written in "[ -~]{0,80}") {
            client(ProxyHeader::Forwarded, "10.0.0.1", &[&written]);
            client(ProxyHeader::XForwardedFor, "10.0.0.1", &[&written]);
        }
    }
}
