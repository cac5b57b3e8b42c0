//! An invitation's link, as the operator makes it for a browser: `https://SERVER/#join=FEDERATION&invitation=SECRET`.

use std::io::Read;

use fedner_protocol::FederationId;
use reqwest::Url;

use crate::failure::Failure;

/// Longest link that is read, in bytes.
const LINK_BYTES_MAX: u64 = 4096;

/// What a link says.
#[derive(PartialEq, Eq)]
pub struct Link {
    /// The server's origin, without a slash at the end.
    pub server: String,
    /// The federation.
    pub federation: FederationId,
    /// The invitation's secret; none for a federation that anybody may join.
    pub secret: Option<String>,
}

impl Link {
    /// Reads what `--invite` was given: a link, or `-` for one on standard input, which no list of processes shows.
    ///
    /// # Errors
    /// When it is not a link of this kind, or would send secrets in the clear over a network.
    pub fn given(text: &str, allow_http: bool) -> Result<Self, Failure> {
        if text != "-" {
            return Self::parse(text, allow_http).map_err(Failure::Usage);
        }
        let mut line = String::new();
        let read = std::io::stdin().lock().take(LINK_BYTES_MAX).read_to_string(&mut line);
        read.map_err(|e| Failure::Usage(format!("can't read the link from standard input: {e}")))?;
        Self::parse(line.trim(), allow_http).map_err(Failure::Usage)
    }

    // No message may show the link: it holds a secret.
    fn parse(text: &str, allow_http: bool) -> Result<Self, String> {
        let mut url = Url::parse(text).map_err(|e| format!("the invitation is not a link: {e}"))?;
        let is_local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        match url.scheme() {
            "https" => (),
            "http" if allow_http || is_local => (),
            "http" => {
                return Err("the link's server has no TLS: the site's credential and updates could be read on the way. \
                    Ask the operator for a link that begins with https, or give --allow-http in a network that you trust"
                    .to_owned());
            }
            other => return Err(format!("the invitation's link begins with {other}, not with https")),
        }
        let server = url.origin().ascii_serialization();
        let fragment = url.fragment().unwrap_or_default().to_owned();
        url.set_query(Some(&fragment));
        let value = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let federation = value("join").ok_or(
            "the link names no federation: one of this kind ends with #join=FEDERATION&invitation=SECRET. \
             Give it in quotes, or the shell ends it at the &",
        )?;
        let federation = federation.parse().map_err(|e| format!("the link's federation: {e}"))?;
        Ok(Self { server, federation, secret: value("invitation") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_where_to_what_and_by_which_secret() {
        let link = Link::parse("https://fedner.example/#join=adverse&invitation=a_b-c", false).ok().unwrap();
        assert_eq!((link.server.as_str(), link.federation.as_str()), ("https://fedner.example", "adverse"));
        assert_eq!(link.secret.as_deref(), Some("a_b-c"));
        let open = Link::parse("http://127.0.0.1:8080/#workspace=north&join=demo", false).ok().unwrap();
        assert_eq!((open.server.as_str(), open.secret), ("http://127.0.0.1:8080", None));
    }

    #[test]
    fn a_wrong_link_is_refused_without_showing_the_secret() {
        for (link, reason) in [
            ("fedner.example/#join=a&invitation=s3cret", "not a link"),
            ("ftp://fedner.example/#join=a&invitation=s3cret", "begins with ftp"),
            ("https://fedner.example/?join=a&invitation=s3cret", "names no federation"),
            ("https://fedner.example/#join=A%20B&invitation=s3cret", "the link's federation"),
            ("http://fedner.example/#join=a&invitation=s3cret", "no TLS"),
        ] {
            let error = Link::parse(link, false).err().unwrap();
            assert!(error.contains(reason) && !error.contains("s3cret"), "{error}");
        }
        assert!(Link::parse("http://fedner.example/#join=a", true).is_ok());
    }
}
