//! The browser's own record of requests: did anything go to another host?

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

const OWN_HOST: &str = "127.0.0.1";

/// Requests, and looked-up host names, that went anywhere but to the server under test and that a page could
/// have caused. The browser's own ones (updates, accounts, its start page) have no page behind them.
///
/// A record that ends in the middle, because its browser was killed, is read as far as it goes.
///
/// # Panics
/// When the record is missing or no record at all: then nothing is known, which is no success.
pub fn foreign_requests(log: &Path) -> Vec<String> {
    let text = std::fs::read(log).unwrap_or_else(|e| panic!("{}: {e}", log.display()));
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines();
    let types = EventTypes::read(lines.next().unwrap_or_default())
        .unwrap_or_else(|| panic!("{} is no record of requests", log.display()));
    let (mut found, mut own, mut looked_up) = (Vec::new(), 0, BTreeSet::new());
    let mut excused = BTreeSet::from([OWN_HOST.to_owned()]);
    for event in lines.filter_map(|line| {
        serde_json::from_str::<Value>(line.trim_end_matches([',', ']', '}']))
            .or_else(|_| serde_json::from_str(line.trim().trim_end_matches(',')))
            .ok()
    }) {
        let (Some(kind), params) = (event["type"].as_u64(), &event["params"]) else { continue };
        if kind == types.request
            && let Some(url) = params["url"].as_str()
        {
            let host = host_of(url);
            match host {
                None => {}
                Some(host) if host == OWN_HOST => own += 1,
                Some(host) if is_the_browsers(params) => drop(excused.insert(host.to_owned())),
                Some(_) => found.push(format!("{} {url}", params["method"].as_str().unwrap_or("?"))),
            }
        }
        if kind == types.lookup
            && let Some(host) = params["host"].as_str()
        {
            looked_up.insert(host_of(host).unwrap_or(host).to_owned());
        }
    }
    assert!(own > 0, "{} does not even hold the page's own requests", log.display());
    found.extend(looked_up.difference(&excused).filter(|host| *host != "~notfound").map(|h| format!("look-up of {h}")));
    found
}

/// A request of the browser itself: no page began it, and it is kept apart from every page.
fn is_the_browsers(params: &Value) -> bool {
    let text = |name: &str| params[name].as_str().unwrap_or_default();
    text("initiator") == "not an origin" && !text("network_isolation_key").contains(OWN_HOST)
}

/// The host of a URL that needs the network; a host name with a port is taken as well.
fn host_of(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    if !["http", "https", "ws", "wss", "ftp"].contains(&scheme) {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    Some(host.rsplit_once(':').map_or(host, |(host, _)| host))
}

/// The numbers of the events that matter; they differ between versions.
struct EventTypes {
    request: u64,
    lookup: u64,
}

impl EventTypes {
    fn read(first_line: &str) -> Option<Self> {
        let constants: Value = serde_json::from_str(&format!("{}}}", first_line.trim_end_matches(','))).ok()?;
        let types = &constants["constants"]["logEventTypes"];
        let number = |name: &str| types[name].as_u64();
        Some(Self { request: number("URL_REQUEST_START_JOB")?, lookup: number("HOST_RESOLVER_MANAGER_REQUEST")? })
    }
}
