use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

/// A row's content: time, actor, federation, kind, detail.
type Content = (u64, String, Option<String>, String, String);

fn chain(contents: &[Content]) -> Vec<AuditRow> {
    let mut head = AuditHead::START;
    let rows = contents.iter().map(|(at, actor, federation, kind, detail)| {
        let mut row = AuditRow {
            number: head.rows + 1,
            at: Timestamp::from_ms(*at),
            actor: actor.clone(),
            federation: federation.clone(),
            kind: kind.clone(),
            detail: detail.clone(),
            hash: ChainHash::START,
        };
        row.hash = row.hash_after(&head.hash);
        head = row.head();
        row
    });
    rows.collect()
}

fn head(rows: &[AuditRow]) -> AuditHead {
    rows.last().map_or(AuditHead::START, AuditRow::head)
}

fn verify(rows: &[AuditRow], head: &AuditHead, noted: Option<ChainHash>) -> Result<Verified, ChainError> {
    let mut verifier = Verifier::new(noted);
    rows.iter().try_for_each(|row| verifier.push(row))?;
    verifier.finish(head)
}

/// Hashes and head made anew from a row on, as one who can write the whole database would.
fn forged(mut rows: Vec<AuditRow>) -> Vec<AuditRow> {
    let mut previous = ChainHash::START;
    for (row, number) in rows.iter_mut().zip(1..) {
        row.number = number;
        row.hash = row.hash_after(&previous);
        previous = row.hash;
    }
    rows
}

/// One thing that somebody may do to a log behind the server's back.
#[derive(Debug, Clone)]
enum Change {
    At(u64),
    Actor(String),
    Federation(Option<String>),
    Kind(String),
    Detail(String),
    HashBit(u8),
    Number(u64),
    Remove,
    SwapWithNext,
    Repeat,
    CutBefore,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        any::<u64>().prop_map(Change::At),
        ".{0,6}".prop_map(Change::Actor),
        proptest::option::of(".{0,6}").prop_map(Change::Federation),
        ".{0,6}".prop_map(Change::Kind),
        ".{0,6}".prop_map(Change::Detail),
        any::<u8>().prop_map(Change::HashBit),
        any::<u64>().prop_map(Change::Number),
        Just(Change::Remove),
        Just(Change::SwapWithNext),
        Just(Change::Repeat),
        Just(Change::CutBefore),
    ]
}

fn apply(rows: &mut Vec<AuditRow>, i: usize, change: Change) {
    match change {
        Change::At(ms) => rows[i].at = Timestamp::from_ms(ms),
        Change::Actor(text) => rows[i].actor = text,
        Change::Federation(text) => rows[i].federation = text,
        Change::Kind(text) => rows[i].kind = text,
        Change::Detail(text) => rows[i].detail = text,
        Change::HashBit(bit) => rows[i].hash.0[usize::from(bit / 8)] ^= 1 << (bit % 8),
        Change::Number(number) => rows[i].number = number,
        Change::Remove => drop(rows.remove(i)),
        Change::SwapWithNext => {
            let next = (i + 1) % rows.len();
            rows.swap(i, next);
        }
        Change::Repeat => rows.insert(i, rows[i].clone()),
        Change::CutBefore => rows.truncate(i),
    }
}

fn contents() -> impl Strategy<Value = Vec<Content>> {
    let row = (any::<u64>(), ".{0,6}", proptest::option::of(".{0,6}"), ".{0,6}", ".{0,6}");
    proptest::collection::vec(row, 1..12)
}

proptest! {
    #[test]
    fn any_single_change_is_found(contents in contents(), i in any::<Index>(), change in change()) {
        let written = chain(&contents);
        prop_assert!(verify(&written, &head(&written), None).is_ok());
        let mut rows = written.clone();
        let i = i.index(rows.len());
        apply(&mut rows, i, change);
        let found = verify(&rows, &head(&written), None);
        prop_assert_eq!(found.is_ok(), rows == written, "{:?}", found);
    }

    #[test]
    fn any_change_of_the_head_is_found(contents in contents(), rows in any::<u64>(), bit in any::<u8>()) {
        let written = chain(&contents);
        let mut head = head(&written);
        head.hash.0[usize::from(bit / 8)] ^= 1 << (bit % 8);
        prop_assert!(verify(&written, &head, None).is_err());
        let head = AuditHead { rows, ..super::tests::head(&written) };
        prop_assert_eq!(verify(&written, &head, None).is_ok(), rows == written.len() as u64);
    }

    #[test]
    fn a_log_written_anew_shows_against_a_noted_head(
        contents in contents(), i in any::<Index>(), change in change(), later in contents(),
    ) {
        let noted = chain(&contents);
        let all = chain(&[contents, later].concat());
        let good = verify(&all, &head(&all), Some(head(&noted).hash));
        prop_assert_eq!(good.map(|good| good.noted), Ok(Some(noted.len() as u64)));
        let mut rows = all.clone();
        apply(&mut rows, i.index(noted.len()), change);
        let rows = forged(rows);
        prop_assert!(verify(&rows, &head(&rows), None).is_ok(), "nothing inside the store shows it");
        let as_noted = rows.starts_with(&noted);
        prop_assert_eq!(verify(&rows, &head(&rows), Some(head(&noted).hash)).is_ok(), as_noted);
    }

    #[test]
    fn a_hash_is_read_as_it_is_written(bytes in any::<[u8; 32]>()) {
        let hash = ChainHash(bytes);
        prop_assert_eq!(hash.to_string().parse::<ChainHash>(), Ok(hash));
        prop_assert_eq!(hash.to_string().to_uppercase().parse::<ChainHash>(), Ok(hash));
    }
}

fn three() -> Vec<AuditRow> {
    let row = |i: u64| (i, "server".to_owned(), Some("demo".to_owned()), "round-opened".to_owned(), "{}".to_owned());
    chain(&[row(1), row(2), row(3)])
}

#[test]
fn what_is_wrong_is_named_with_its_row() {
    let written = three();
    let end = head(&written);
    let error = |rows: &[AuditRow]| verify(rows, &end, None).unwrap_err().to_string();
    assert_eq!(error(&written[..2]), "the log was cut: its last row is 2, but 3 rows were written");
    assert_eq!(error(&[]), "the log was cut: its last row is 0, but 3 rows were written");
    assert_eq!(error(&[written[0].clone(), written[2].clone()]), "row 2 is missing: row 3 stands in its place");
    let mut changed = written.clone();
    changed[1].kind = "round-merged".to_owned();
    assert!(error(&changed).starts_with("row 2 was changed"));
    assert_eq!(verify(&written, &head(&written[..2]), None), Err(ChainError::Head(3)));
    let other = ChainHash([9; 32]);
    assert_eq!(verify(&written, &end, Some(other)), Err(ChainError::Noted(other)));
}

#[test]
fn letters_do_not_move_between_fields() {
    let mut row = three().remove(0);
    (row.actor, row.kind) = ("serverr".to_owned(), "ound-opened".to_owned());
    assert_ne!(row.hash_after(&ChainHash::START), row.hash);
    let mut row = three().remove(0);
    row.federation = None;
    row.actor += "demo";
    assert_ne!(row.hash_after(&ChainHash::START), row.hash);
}

#[test]
fn the_encoding_stays_as_it_is() {
    // By Python: hashlib.sha256(b"fedner-audit-1" + bytes(32) + (1).to_bytes(8, 'big') + (1).to_bytes(8, 'big') + b"".join(
    //   b"\1" + len(t).to_bytes(8, 'big') + t for t in [b"server", b"demo", b"round-opened", b"{}"])).hexdigest()
    assert_eq!(three()[0].hash.to_string(), "64dbbafa18ca10bbfc753953adb678bb5feb5c14a5706766314756167ecb0caf");
}

#[test]
fn an_empty_log_and_the_start_are_good() {
    assert!(verify(&[], &AuditHead::START, None).is_ok());
    assert_eq!(verify(&three(), &head(&three()), Some(ChainHash::START)).unwrap().noted, Some(0));
}
