//! Attacks on a federation, from exactly the bytes that a server holds and from what a neighbour holds. Each gives the
//! success of an attacker who knows the model's hash functions, beside that of chance.

pub mod dictionary;
pub mod membership;
pub mod neighbour;
pub mod observation;
pub mod table;
