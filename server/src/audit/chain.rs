//! The chain: each row's hash covers the row and the hash before it.
//!
//! A row that is changed, removed, added or moved breaks the chain where it stood. Rows that are cut off at
//! the end are missed because the head (number and hash of the last row) is kept beside the rows. Whoever can
//! write all of the database could make a chain anew; that shows against a hash that was noted elsewhere.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::timestamp::Timestamp;

/// Begins what is hashed, so that no other use of SHA-256 can give the same value. A new encoding gets a new one.
const DOMAIN: &[u8] = b"fedner-audit-1";

/// SHA-256 over a row and the hash before it; written as 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainHash([u8; 32]);

impl ChainHash {
    /// What stands before the first row.
    pub const START: Self = Self([0; 32]);
}

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for ChainHash {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a hash of the audit log: it needs 64 hexadecimal digits");
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let mut hash = [0; 32];
        for (byte, digits) in hash.iter_mut().zip(text.as_bytes().as_chunks::<2>().0) {
            let digits = str::from_utf8(digits).map_err(|_| wrong())?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| wrong())?;
        }
        Ok(Self(hash))
    }
}

impl Serialize for ChainHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A row of the log as it is stored. Kind and detail are text here: a log may hold kinds of a newer program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditRow {
    /// 1 for the first, and so on without a gap.
    pub number: u64,
    /// When.
    #[serde(rename = "at_ms")]
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// Which federation, if any.
    pub federation: Option<String>,
    /// What kind of event.
    pub kind: String,
    /// The event's fields, JSON.
    pub detail: String,
    /// Over all of the above and the hash before.
    pub hash: ChainHash,
}

impl AuditRow {
    /// The hash that this row has after a row with hash `previous`.
    pub fn hash_after(&self, previous: &ChainHash) -> ChainHash {
        let mut hasher = Sha256::new();
        hasher.update(DOMAIN);
        hasher.update(previous.0);
        hasher.update(self.number.to_be_bytes());
        hasher.update(self.at.ms().to_be_bytes());
        // Each text with its length before it: letters can't move from one field to the next.
        for text in [Some(&self.actor), self.federation.as_ref(), Some(&self.kind), Some(&self.detail)] {
            match text {
                Some(text) => {
                    hasher.update([1]);
                    hasher.update((text.len() as u64).to_be_bytes());
                    hasher.update(text);
                }
                None => hasher.update([0]),
            }
        }
        ChainHash(hasher.finalize().into())
    }

    /// The head of a log that ends with this row.
    pub fn head(&self) -> AuditHead {
        AuditHead { rows: self.number, hash: self.hash }
    }
}

/// Where the log ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AuditHead {
    /// How many rows there are.
    pub rows: u64,
    /// Hash of the last.
    pub hash: ChainHash,
}

impl AuditHead {
    /// Of a log without rows.
    pub const START: Self = Self { rows: 0, hash: ChainHash::START };
}

/// Where the log is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// The numbers have a gap, or go back.
    #[error("row {expected} is missing: row {found} stands in its place")]
    Missing {
        /// The number that should come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// The hash does not fit the row.
    #[error("row {0} was changed after it was written, or stands in another row's place")]
    Changed(u64),
    /// The rows end before the head.
    #[error("the log was cut: its last row is {last}, but {rows} rows were written")]
    Cut {
        /// The last row there is.
        last: u64,
        /// Rows by the head.
        rows: u64,
    },
    /// There are more rows than the head says, or the head has another hash.
    #[error("the stored head does not belong to row {0}, the last one: the head or the end of the log was changed")]
    Head(u64),
    /// The noted hash is nowhere.
    #[error("no row has the hash {0}: the log was cut before it, or written anew since it was noted")]
    Noted(ChainHash),
}

/// A log without a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// How many rows it has.
    pub rows: u64,
    /// Hash of the last, to be noted elsewhere.
    pub head: ChainHash,
    /// The row with the noted hash; all up to it is as it was then.
    pub noted: Option<u64>,
}

/// Reads a log row by row, so that its length does not matter.
#[derive(Debug)]
pub struct Verifier {
    head: AuditHead,
    noted: Option<ChainHash>,
    noted_at: Option<u64>,
}

impl Verifier {
    /// Begins with the first row. With `noted`, that hash must come up.
    pub fn new(noted: Option<ChainHash>) -> Self {
        let noted_at = noted.and_then(|noted| (noted == ChainHash::START).then_some(0));
        Self { head: AuditHead::START, noted, noted_at }
    }

    /// Takes the next row.
    ///
    /// # Errors
    /// When it is not the row that was written after the one before.
    pub fn push(&mut self, row: &AuditRow) -> Result<(), ChainError> {
        let expected = self.head.rows + 1;
        if row.number != expected {
            return Err(ChainError::Missing { expected, found: row.number });
        }
        if row.hash != row.hash_after(&self.head.hash) {
            return Err(ChainError::Changed(row.number));
        }
        self.head = row.head();
        if self.noted == Some(row.hash) {
            self.noted_at = Some(row.number);
        }
        Ok(())
    }

    /// All rows were taken; `head` is what is stored beside them.
    ///
    /// # Errors
    /// When rows are missing at the end, or the noted hash did not come up.
    pub fn finish(self, head: &AuditHead) -> Result<Verified, ChainError> {
        if self.head.rows < head.rows {
            return Err(ChainError::Cut { last: self.head.rows, rows: head.rows });
        }
        if self.head != *head {
            return Err(ChainError::Head(self.head.rows));
        }
        if let (Some(noted), None) = (self.noted, self.noted_at) {
            return Err(ChainError::Noted(noted));
        }
        Ok(Verified { rows: head.rows, head: head.hash, noted: self.noted_at })
    }
}

#[cfg(test)]
mod tests;
