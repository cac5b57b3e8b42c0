//! Whole numbers of a fixed number of bits.

/// Numbers of so many bits, one after the other without gaps, lowest bit first.
pub fn pack_numbers(numbers: &[u32], bits: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(packed_len(numbers.len(), bits));
    let (mut held, mut held_bits) = (0_u64, 0);
    for number in numbers {
        held |= u64::from(*number) << held_bits;
        held_bits += bits;
        while held_bits >= 8 {
            bytes.push(held as u8);
            held >>= 8;
            held_bits -= 8;
        }
    }
    if held_bits > 0 {
        bytes.push(held as u8);
    }
    bytes
}

/// So many numbers of so many bits; `None` when the bytes are not exactly theirs.
pub fn unpack_numbers(bytes: &[u8], count: usize, bits: u32) -> Option<Vec<u32>> {
    if bytes.len() != packed_len(count, bits) {
        return None;
    }
    let all = u64::from(u32::MAX >> (u32::BITS - bits));
    let (mut held, mut held_bits, mut rest) = (0_u64, 0, bytes.iter());
    let mut numbers = Vec::with_capacity(count);
    for _ in 0..count {
        while held_bits < bits {
            held |= u64::from(*rest.next()?) << held_bits;
            held_bits += 8;
        }
        numbers.push((held & all) as u32);
        held >>= bits;
        held_bits -= bits;
    }
    // Bits beyond the last number are zero, so that the same numbers are the same bytes.
    (held == 0).then_some(numbers)
}

fn packed_len(count: usize, bits: u32) -> usize {
    (count * bits as usize).div_ceil(8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn packed_numbers_are_read_as_they_were(bits in 2u32..=32, seed in proptest::collection::vec(any::<u32>(), 0..70)) {
            let numbers: Vec<u32> = seed.iter().map(|n| n & (u32::MAX >> (32 - bits))).collect();
            let bytes = pack_numbers(&numbers, bits);
            prop_assert_eq!(unpack_numbers(&bytes, numbers.len(), bits), Some(numbers.clone()));
            prop_assert_eq!(unpack_numbers(&bytes, numbers.len() + 8, bits), None);
        }
    }
}
