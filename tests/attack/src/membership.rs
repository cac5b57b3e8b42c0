//! Whether a document was trained on: by how many of its words' rows have moved.

use fedner_core::leak::Moves;

/// The chance that a document that was trained on is ranked before one that was not (area under the ROC curve); 0.5 is
/// guessing.
pub fn area(moves: &Moves, members: &[Vec<String>], others: &[Vec<String>]) -> f64 {
    let score = |document: &Vec<String>| {
        let sum: f64 = document.iter().map(|word| f64::from(moves.of_word(word)).min(100.0).ln_1p()).sum();
        sum / document.len().max(1) as f64
    };
    let (members, others): (Vec<f64>, Vec<f64>) =
        (members.iter().map(score).collect(), others.iter().map(score).collect());
    let mut wins = 0.0;
    for member in &members {
        for other in &others {
            wins += if member > other {
                1.0
            } else if member == other {
                0.5
            } else {
                0.0
            };
        }
    }
    wins / (members.len() * others.len()).max(1) as f64
}
