//! Masks: the key stream of ChaCha20 as numbers of the ring.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};

use crate::keys::Key;
use crate::ring::Ring;

/// Bytes of the key stream that are in memory at once.
const CHUNK_BYTES: usize = 16 << 10;

/// Whether a mask is added or taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Added.
    Plus,
    /// Taken away.
    Minus,
}

/// Adds a mask to numbers, four bytes of the key stream each. A key makes one mask.
pub fn add_mask(numbers: &mut [u32], ring: Ring, key: &Key, sign: Sign) {
    let mut cipher = ChaCha20Rng::from_seed(*key);
    let all = ring.mask();
    let mut stream = [0_u8; CHUNK_BYTES];
    for chunk in numbers.chunks_mut(CHUNK_BYTES / 4) {
        let stream = &mut stream[..4 * chunk.len()];
        cipher.fill_bytes(stream);
        for (number, word) in chunk.iter_mut().zip(stream.as_chunks::<4>().0) {
            let word = u32::from_le_bytes(*word);
            *number = match sign {
                Sign::Plus => number.wrapping_add(word),
                Sign::Minus => number.wrapping_sub(word),
            } & all;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_the_published_key_stream_and_falls_away() {
        let ring = Ring::new(1 << 24, 64);
        assert_eq!(ring.bits(), 32);
        let mut numbers = [7, 7];
        add_mask(&mut numbers, ring, &[0; 32], Sign::Plus);
        // The first two words for a key and nonce of zeros (RFC 8439, appendix A.1).
        assert_eq!(numbers, [0xade0_b876_u32.wrapping_add(7), 0x903d_f1a0_u32.wrapping_add(7)]);
        add_mask(&mut numbers, ring, &[0; 32], Sign::Minus);
        assert_eq!(numbers, [7, 7]);
    }
}
