//! What bytes become text.

use proptest::prelude::*;

use super::super::FileError;
use super::super::decode::decode;

#[test]
fn other_encodings_are_recognised_and_said() {
    let text = "Schädel-MRT: unauffällig";
    let latin1: Vec<u8> = text.chars().map(|c| c as u8).collect();
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = [&[0xFE, 0xFF], &big[..]].concat();
    for (bytes, encoding) in [
        (text.as_bytes().to_vec(), None),
        (latin1, Some("Latin-1 (ISO 8859-1)")),
        (little, Some("UTF-16 (little-endian)")),
        (big, Some("UTF-16 (big-endian)")),
        (marked, Some("UTF-16 (big-endian)")),
    ] {
        let decoded = decode(&bytes).expect("a text");
        assert_eq!((&*decoded.text, decoded.encoding), (text, encoding));
    }
    let quotes = decode(b"Befund \x84unauff\xE4llig\x93 \x96 gut").expect("a text");
    assert_eq!((&*quotes.text, quotes.encoding), ("Befund „unauffällig“ – gut", Some("Windows-1252")));
}

#[test]
fn what_may_be_another_encoding_is_refused() {
    // Cyrillic in Windows-1251, a byte that Windows-1252 hasn't, control characters, and too few letters to decide.
    for bytes in [
        &b"\xEF\xE0\xF6\xE8\xE5\xED\xF2 \xE6\xE0\xEB\xF3\xE5\xF2\xF1\xFF abcdefghijkl"[..],
        b"nothing to be seen here \x81",
        b"nothing to be seen here \xE4 \x02",
        b"caf\xE9",
        b"nothing to be seen here \xFF\xFE",
    ] {
        assert!(matches!(decode(bytes), Err(FileError::NotUtf8 { .. })), "{bytes:?}");
    }
    assert!(matches!(decode(b"\xFF\xFEa\0b"), Err(FileError::Utf16)), "half a character");
    assert!(matches!(decode(b"\xFF\xFE\x3D\xD8a\0"), Err(FileError::Utf16)), "half a surrogate pair");
}

proptest! {
    #[test]
    fn utf16_comes_through(text in "[a-zA-Z äöüß😀]{1,40}[a-z]", little in any::<bool>()) {
        let units = text.encode_utf16();
        let mut bytes = if little { vec![0xFF, 0xFE] } else { vec![0xFE, 0xFF] };
        bytes.extend(units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }));
        let decoded = decode(&bytes).expect("a text");
        prop_assert_eq!(&*decoded.text, text.as_str());
    }

    #[test]
    fn utf8_is_never_taken_for_something_else(text in "[a-z]{1,3}\\PC{0,60}") {
        let decoded = decode(text.as_bytes()).expect("a text");
        prop_assert_eq!((&*decoded.text, decoded.encoding), (text.as_str(), None));
    }
}
