//! Damages files: bytes, lines, numbers and pieces of other files.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::Case;

/// Pieces that mean something to one reader or another.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\",
    ",",
    ":",
    "null",
    "-1",
    "99999999999999999999",
    "4294967296",
    "18446744073709551615",
    "1e9",
    "<",
    ">",
    "&",
    "&#x0;",
    "&#13;",
    "&lol;",
    "<![CDATA[",
    "]]>",
    "<!--",
    "<passage>",
    "</document>",
    "<text>",
    "\n",
    "\r\n",
    "\r",
    "\t",
    " ",
    ";",
    "|t|",
    "|a|",
    "T1\t",
    "B-",
    "I-X",
    "\tO\n",
    "#doc ",
    "-DOCSTART-",
    "\u{feff}",
    "\u{2028}",
    "\u{1f48a}",
    "e\u{301}",
    "\0",
    "\u{85}",
    "\\ud83d",
    "\\u0000",
    "NaN",
    "|B-X ",
    "#Text=",
    "1-1\t0-2\t",
    "c=\"a\" 1:0 1:0||t=\"X\"",
    "\"denotations\":[",
    "# newdoc id = ",
    "\"\"",
];

/// The largest file that is made, so that a run tries many.
const BYTES_MAX: usize = 64 * 1024;

/// Damages one of a case's files a few times.
pub fn mutate(case: &mut Case, seeds: &[Case], random: &mut ChaCha8Rng) {
    for _ in 0..random.random_range(1..6) {
        let at = random.random_range(0..case.len());
        let bytes = &mut case[at].bytes;
        if bytes.len() > BYTES_MAX {
            bytes.truncate(BYTES_MAX);
        }
        once(bytes, seeds, random);
    }
}

fn once(bytes: &mut Vec<u8>, seeds: &[Case], random: &mut ChaCha8Rng) {
    let place = |random: &mut ChaCha8Rng| random.random_range(0..=bytes.len());
    let (a, b) = (place(random), place(random));
    let (start, end) = (a.min(b), a.max(b).min(a.min(b) + 400));
    match random.random_range(0..10) {
        0 => {
            if let Some(byte) = bytes.get_mut(start) {
                *byte ^= 1 << random.random_range(0..8);
            }
        }
        1 => drop(bytes.drain(start..end)),
        2 => bytes.truncate(start),
        3 | 4 => insert(bytes, start, PIECES[random.random_range(0..PIECES.len())].as_bytes()),
        5 => {
            let piece = bytes[start..end].repeat(random.random_range(1..20));
            insert(bytes, start, &piece);
        }
        6 => {
            let piece = bytes[start..end].to_vec();
            let to = random.random_range(0..=bytes.len());
            insert(bytes, to, &piece);
        }
        7 => number(bytes, start, random),
        8 => line(bytes, start, random),
        _ => {
            let other = &seeds[random.random_range(0..seeds.len())];
            let other = &other[random.random_range(0..other.len())].bytes;
            let from = random.random_range(0..=other.len());
            let piece = other[from..other.len().min(from + 300)].to_vec();
            insert(bytes, start, &piece);
        }
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    bytes.splice(at..at, piece.iter().copied());
}

/// Changes the next number.
fn number(bytes: &mut Vec<u8>, from: usize, random: &mut ChaCha8Rng) {
    let Some(start) = bytes[from..].iter().position(u8::is_ascii_digit).map(|at| from + at) else { return };
    let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let other = match random.random_range(0..4) {
        0 => random.random_range(0..100).to_string(),
        1 => (usize::MAX - random.random_range(0..3)).to_string(),
        2 => String::new(),
        _ => random.random::<u64>().to_string(),
    };
    bytes.splice(start..start + digits, other.bytes());
}

/// Leaves a line out or says it again elsewhere.
fn line(bytes: &mut Vec<u8>, from: usize, random: &mut ChaCha8Rng) {
    let start = bytes[..from].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let end = bytes[from..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| from + at + 1);
    let line: Vec<u8> = bytes.drain(start..end).collect();
    if random.random() {
        let to = random.random_range(0..=bytes.len());
        insert(bytes, to, &line);
        insert(bytes, start.min(bytes.len()), &line);
    }
}
