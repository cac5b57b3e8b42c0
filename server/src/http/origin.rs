//! Requests that change something come from the page of this server, or from a program; never from another page.
//!
//! A browser lets any page send simple requests anywhere, and says from where in `Origin` and `Sec-Fetch-Site`. What needs
//! no credential is protected by these alone, and by the name that the browser has called the server by: with a
//! name of the attacker's that leads to this address ("DNS rebinding"), the attacker's page would be the server's own.

use std::net::IpAddr;

use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Method, Uri};

use crate::error::Error;

/// Where the browser says how the page and the server are related.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// The name by which a browser has called the proxy in front.
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Where browsers reach this server.
pub struct Origins {
    /// The configured origin: scheme, host and port.
    public: Option<Uri>,
}

/// A request as far as it is checked here.
pub(super) struct Asked<'r> {
    pub(super) method: &'r Method,
    pub(super) uri: &'r Uri,
    pub(super) headers: &'r HeaderMap,
    /// Whether a trusted proxy has passed it on.
    pub(super) is_proxied: bool,
}

impl Origins {
    /// With `listen.public_url`.
    pub fn new(public_url: Option<&str>) -> Self {
        Self { public: public_url.and_then(|url| url.trim_end_matches('/').parse().ok()) }
    }

    /// Checks that a request that changes something does not come from another page.
    pub(super) fn check_page(&self, asked: &Asked<'_>) -> Result<(), Error> {
        if asked.method.is_safe() {
            return Ok(());
        }
        let site = asked.headers.get(FETCH_SITE).map(|value| value.as_bytes());
        if site.is_some_and(|site| site != b"same-origin" && site != b"none") {
            return Err(Error::OtherPage);
        }
        let Some(origin) = asked.headers.get(ORIGIN) else { return Ok(()) };
        let origin = origin.to_str().ok().and_then(|text| text.parse::<Uri>().ok());
        let Some(page) = origin.as_ref().and_then(Uri::authority) else { return Err(Error::OtherPage) };
        let is_public = self.public.as_ref().is_some_and(|public| is_same(public, origin.as_ref()));
        let is_called = || asked.names().any(|name| name.as_ref() == Some(page));
        // A browser that says "same-origin" has compared them itself, also where a proxy has changed the name.
        if is_public || site == Some(b"same-origin") || is_called() { Ok(()) } else { Err(Error::OtherPage) }
    }

    /// Checks that the server was called by a name of its own: the configured one, an address, or a name that only a
    /// network of its own knows.
    pub(super) fn check_name(&self, asked: &Asked<'_>) -> Result<(), Error> {
        let Some(host) = asked.host() else { return Err(Error::OtherName(String::new())) };
        let public = self.public.as_ref().and_then(Uri::authority).map(Authority::host);
        if public.is_some_and(|public| public.eq_ignore_ascii_case(host.host())) || is_own_name(host.host()) {
            return Ok(());
        }
        Err(Error::OtherName(host.host().chars().take(NAME_CHARS_SHOWN).collect()))
    }
}

/// Characters of a wrong name that an answer repeats.
const NAME_CHARS_SHOWN: usize = 100;

impl Asked<'_> {
    fn host(&self) -> Option<Authority> {
        // HTTP/2 has it in the request's target.
        let target = self.uri.authority().cloned();
        target.or_else(|| self.headers.get(HOST)?.to_str().ok()?.parse().ok())
    }

    fn names(&self) -> impl Iterator<Item = Option<Authority>> {
        let forwarded = self.headers.get(FORWARDED_HOST).filter(|_| self.is_proxied);
        let forwarded = forwarded.and_then(|value| value.to_str().ok()?.trim().parse().ok());
        [self.host(), forwarded].into_iter()
    }
}

/// Scheme, host and port are the same.
fn is_same(public: &Uri, origin: Option<&Uri>) -> bool {
    origin.is_some_and(|origin| public.scheme() == origin.scheme() && public.authority() == origin.authority())
}

/// An address can't be made to lead elsewhere, and a name without a dot is no name on the internet.
fn is_own_name(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let host = host.trim_end_matches('.');
    address.parse::<IpAddr>().is_ok() || !host.contains('.') || host.ends_with(".localhost")
}

/// Checks that a body says that it is JSON: a page elsewhere could send it without asking otherwise.
pub(super) fn check_json(headers: &HeaderMap) -> Result<(), Error> {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case("application/json") { Ok(()) } else { Err(Error::NotJson) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(public: Option<&str>, headers: &[(&'static str, &str)], is_proxied: bool) -> bool {
        let headers: HeaderMap =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect();
        let (method, uri) = (Method::POST, Uri::from_static("/api/v1/enrol"));
        let asked = Asked { method: &method, uri: &uri, headers: &headers, is_proxied };
        Origins::new(public).check_page(&asked).is_ok()
    }

    fn name(public: Option<&str>, host: &str) -> bool {
        let headers: HeaderMap = [(HOST, host.parse().unwrap())].into_iter().collect();
        let (method, uri) = (Method::POST, Uri::from_static("/api/v1/enrol"));
        Origins::new(public)
            .check_name(&Asked { method: &method, uri: &uri, headers: &headers, is_proxied: false })
            .is_ok()
    }

    const PUBLIC: Option<&str> = Some("https://fedner.example.org/");

    #[test]
    fn a_page_elsewhere_changes_nothing() {
        let host = ("host", "10.0.0.7:8080");
        assert!(page(None, &[host], false), "a program");
        assert!(page(None, &[host, ("origin", "http://10.0.0.7:8080")], false));
        for origin in ["https://evil.example", "http://10.0.0.7", "null", "x y", "http://10.0.0.7:80801"] {
            assert!(!page(None, &[host, ("origin", origin)], false), "{origin}");
            assert!(!page(PUBLIC, &[host, ("origin", origin)], false), "{origin}");
        }
        for site in ["cross-site", "same-site", "x"] {
            assert!(!page(None, &[host, ("sec-fetch-site", site)], false), "{site}");
        }
        assert!(page(None, &[host, ("sec-fetch-site", "same-origin"), ("origin", "https://a.example")], false));
    }

    #[test]
    fn behind_a_proxy_the_name_that_the_browser_has_used_counts() {
        let headers = [("host", "127.0.0.1:8080"), ("origin", "https://fedner.example.org")];
        assert!(page(PUBLIC, &headers, true));
        assert!(!page(None, &headers, true));
        let forwarded = [headers[0], headers[1], ("x-forwarded-host", "fedner.example.org")];
        assert!(page(None, &forwarded, true));
        assert!(!page(None, &forwarded, false), "who is no proxy is not believed");
        assert!(!page(PUBLIC, &[headers[0], ("origin", "http://fedner.example.org")], true), "another scheme");
    }

    #[test]
    fn a_name_of_somebody_else_is_refused() {
        for own in ["10.0.0.7:8080", "[2001:db8::1]:8080", "localhost", "localhost:8080", "fedner", "fedner:80"] {
            assert!(name(None, own) && name(PUBLIC, own), "{own}");
        }
        assert!(name(PUBLIC, "fedner.example.org") && name(PUBLIC, "FEDNER.example.org:443"));
        for other in ["evil.example", "fedner.example.org.evil.example", "10.0.0.7.evil.example", "a b"] {
            assert!(!name(PUBLIC, other) && !name(None, other), "{other}");
        }
    }
}
