//! Every decoder that takes bytes from outside, as a function of bytes: what must hold whatever they are.
//!
//! The test beside this runs them over a corpus and random inputs; `cargo xtask fuzz` runs the same functions under
//! libFuzzer, which looks for inputs that reach code that no other input has reached.

use std::fmt::Debug;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use fedner_formats::archive;
use fedner_formats::limits::{ARCHIVE_BYTES_MAX, FILES_MAX};
use fedner_protocol::{
    Digest, EnrolRequest, FederationEvent, FederationId, FederationInfo, InvitationId, InvitationQuery,
    InvitationRequest, Manifest, ModelSpec, Problem, SiteId, UpdateHeader, UpdateId, decode_model, decode_update,
    encode_model, encode_update, is_model, tensor_names,
};
use fedner_server::Proxies;
use fedner_server::config::{ListenConfig, ProxyHeader};
use reqwest::header::{HeaderMap, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A decoder and what must hold of it.
pub struct Target {
    /// Its name for the command line; also that of its folder in the corpus.
    pub name: &'static str,
    /// Panics where something does not hold.
    pub run: fn(&[u8]),
    /// Inputs that reach far into it.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "update", run: update, seeds: update_seeds },
    Target { name: "model", run: model, seeds: model_seeds },
    Target { name: "json", run: json, seeds: json_seeds },
    Target { name: "ids", run: ids, seeds: id_seeds },
    Target { name: "zip", run: zip, seeds: zip_seeds },
    Target { name: "forwarded", run: forwarded, seeds: forwarded_seeds },
];

fn manifest() -> Manifest {
    Manifest::of(&ModelSpec::small())
}

fn header(manifest: &Manifest) -> UpdateHeader {
    UpdateHeader {
        federation: "test".parse().expect("it is an id"),
        round: 3,
        base_version: 2,
        base_model: Some(Digest::of(b"version 2")),
        samples: 17,
        manifest: manifest.digest.clone(),
    }
}

/// What is accepted is finite, has the manifest's size, and is the same when it is written and read again.
fn update(bytes: &[u8]) {
    let manifest = manifest();
    let Ok((header, values)) = decode_update(&manifest, bytes) else { return };
    assert!(values.len() == manifest.parameters() && values.iter().all(|value| value.is_finite()));
    let again = encode_update(&manifest, &header, &values).expect("what was read can be written");
    assert!(decode_update(&manifest, &again).expect("what was written can be read") == (header, values));
}

fn update_seeds() -> Vec<Vec<u8>> {
    let manifest = manifest();
    let values: Vec<f32> = (0..manifest.parameters()).map(|i| (i % 5) as f32 - 2.0).collect();
    let header = header(&manifest);
    let old = UpdateHeader { base_model: None, ..header.clone() };
    [&header, &old].map(|header| encode_update(&manifest, header, &values).expect("the values fit")).into()
}

/// As [`update`]; besides, what any tensor file says of itself can be asked for.
fn model(bytes: &[u8]) {
    let (manifest, is_one) = (manifest(), is_model(bytes));
    let _ = tensor_names(bytes);
    let Ok((version, values)) = decode_model(&manifest, bytes) else { return };
    assert!(is_one && values.len() == manifest.parameters() && values.iter().all(|value| value.is_finite()));
    let again = encode_model(&manifest, version, &values).expect("what was read can be written");
    assert!(decode_model(&manifest, &again).expect("what was written can be read") == (version, values));
}

fn model_seeds() -> Vec<Vec<u8>> {
    let manifest = manifest();
    vec![encode_model(&manifest, 7, &manifest.draw(7)).expect("the values fit")]
}

/// Every message, by whichever side reads it.
fn json(bytes: &[u8]) {
    same_again::<EnrolRequest>(bytes);
    same_again::<InvitationQuery>(bytes);
    same_again::<InvitationRequest>(bytes);
    same_again::<UpdateHeader>(bytes);
    same_again::<FederationInfo>(bytes);
    same_again::<FederationEvent>(bytes);
    same_again::<Problem>(bytes);
}

fn same_again<T: DeserializeOwned + Serialize + PartialEq + Debug>(bytes: &[u8]) {
    let Ok(message) = serde_json::from_slice::<T>(bytes) else { return };
    let again = serde_json::to_vec(&message).expect("what was read can be written");
    assert_eq!(serde_json::from_slice::<T>(&again).expect("what was written can be read"), message);
}

fn json_seeds() -> Vec<Vec<u8>> {
    let texts = [
        r#"{"federation":"test","invitation":"0123","identity":{"public_key":"BAAA","signature":"AAAA"}}"#,
        r#"{"federation":"test","invitation":"0123"}"#,
        r#"{"federation":"test","name":"Ward 3","expires_in_s":3600}"#,
        r#"{"happened":{"kind":"round-failed","round":1,"received":2,"quorum":3},"state":{"version":0,"model":
        "0000000000000000000000000000000000000000000000000000000000000000","present":2,
        "phase":{"kind":"open","round":1,"attempt":1,"received":0,"deadline_in_ms":1000}}}"#,
        r#"{"type":"urn:fedner:problem:too-many","code":"too-many","title":"T","status":429,"detail":"d"}"#,
    ];
    let header = serde_json::to_string(&header(&manifest())).expect("a header has a JSON form");
    texts.iter().map(|text| (*text).to_owned()).chain([header]).map(String::into_bytes).collect()
}

/// What stands in paths and links.
fn ids(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    same_text::<FederationId>(text);
    same_text::<SiteId>(text);
    same_text::<InvitationId>(text);
    same_text::<UpdateId>(text);
    if let Ok(digest) = Digest::try_from(text.to_owned()) {
        assert_eq!(Digest::try_from(digest.to_string()).as_ref(), Ok(&digest));
    }
}

fn same_text<T: FromStr + ToString + PartialEq + Debug>(text: &str) {
    if let Ok(id) = text.parse::<T>() {
        assert_eq!(id.to_string().parse::<T>().ok().as_ref(), Some(&id));
    }
}

fn id_seeds() -> Vec<Vec<u8>> {
    let id = SiteId::from_random([7; 16]).to_string();
    vec![b"a-federation-1".to_vec(), id.into_bytes(), Digest::of(b"x").to_string().into_bytes()]
}

/// An archive gives no more than its limits, whatever it says of its sizes.
fn zip(bytes: &[u8]) {
    let _ = archive::is_archive(bytes);
    for name in ["archive.zip", "archive.tar.gz"] {
        let Ok(unpacked) = archive::unpack(name, bytes) else { continue };
        assert!(unpacked.files.len() <= FILES_MAX);
        assert!(unpacked.files.iter().map(|file| file.bytes.len()).sum::<usize>() <= ARCHIVE_BYTES_MAX);
    }
}

fn zip_seeds() -> Vec<Vec<u8>> {
    let file = |name: &str, bytes: &[u8]| fedner_formats::OutputFile { name: name.to_owned(), bytes: bytes.to_vec() };
    let files = [file("a.txt", b"No fever."), file("folder/b.txt", &[b'x'; 3000])];
    [&files[..], &files[..1], &[]].iter().filter_map(|files| archive::pack(files).ok()).collect()
}

/// Whatever a client writes into the header, an address that the trusted proxy appends is the one that counts.
fn forwarded(bytes: &[u8]) {
    let appended: IpAddr = Ipv4Addr::new(203, 0, 113, 7).into();
    for (header, name, entry) in [
        (ProxyHeader::XForwardedFor, "x-forwarded-for", "203.0.113.7"),
        (ProxyHeader::Forwarded, "forwarded", "for=203.0.113.7"),
    ] {
        let trusted = "127.0.0.1/32".parse().expect("it is a network");
        let config = ListenConfig { trusted_proxies: vec![trusted], proxy_header: header, ..ListenConfig::default() };
        let proxies = Proxies::new(&config);
        let peer = IpAddr::from(Ipv4Addr::LOCALHOST);
        let mut lines = HeaderMap::new();
        for line in bytes.split(|byte| *byte == b'\n') {
            if let Ok(value) = HeaderValue::from_bytes(line) {
                lines.append(name, value);
            }
        }
        let stranger = IpAddr::from(Ipv4Addr::new(198, 51, 100, 1));
        assert_eq!(proxies.client(stranger, &lines), stranger, "no proxy is believed that is not trusted");
        let _ = proxies.client(peer, &lines);
        // As nginx does: behind the last line, after a comma.
        let last = bytes.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let joined = [last, b", ", entry.as_bytes()].concat();
        if let Ok(value) = HeaderValue::from_bytes(&joined) {
            lines.append(name, value);
            assert_eq!(proxies.client(peer, &lines), appended, "{lines:?}");
        }
    }
}

fn forwarded_seeds() -> Vec<Vec<u8>> {
    let texts = [
        "198.51.100.4, 127.0.0.1",
        "198.51.100.4]\"",
        "for=198.51.100.4;x=\"",
        "for=\"[2001:db8::1]:4711\";proto=https, for=unknown",
        "198.51.100.4\n[2001:db8::1]:80",
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}
