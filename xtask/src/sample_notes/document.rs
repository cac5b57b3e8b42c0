//! A generated note.

use super::grammar::Sentence;

/// A note with its name.
pub struct Document {
    /// Hospital, part and number.
    pub id: String,
    /// In order.
    pub sentences: Vec<Sentence>,
}
