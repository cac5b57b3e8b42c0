//! What describes a demo hospital.

/// A demo hospital: what it calls things, and how its notes sound.
pub struct Hospital {
    /// Its folder's name.
    pub id: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// One line for people.
    pub description: &'static str,
    /// What it marks.
    pub labels: &'static [&'static str],
    /// The grammar: `opening`, `body` and `closing` are sentences.
    pub rules: &'static [(&'static str, &'static [&'static str])],
    /// Notes written by hand, in the grammar's notation for entities; the last ones are held out.
    pub written: &'static [&'static [&'static str]],
    /// How many of them are held out.
    pub written_held_out: usize,
}
