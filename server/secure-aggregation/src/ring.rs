//! Values as whole numbers modulo a power of two, in which masked values are added without rounding.

/// How many sites add up values of how many levels. The modulus is larger than any sum, so none overflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ring {
    levels: u32,
    sites: usize,
}

/// Why a sum can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SumError {
    /// The sum is larger than the sites can have made it: a masked update is not what it should be.
    #[error("value {element} of the sum is {value}; {sites} sites can't have made it larger than {max}")]
    TooLarge {
        /// Where.
        element: usize,
        /// The value.
        value: i64,
        /// Sites in the sum.
        sites: usize,
        /// The largest possible.
        max: i64,
    },
}

impl Ring {
    /// For values of `-levels ..= levels`, of which up to `sites` are added. The policy's limits keep the modulus within 32 bits.
    pub const fn new(levels: u32, sites: usize) -> Self {
        Self { levels, sites }
    }

    /// Bits of a value: the modulus 2^bits is above `2 · sites · levels`.
    pub fn bits(self) -> u32 {
        u64::BITS - (2 * u64::from(self.levels) * self.sites as u64).leading_zeros()
    }

    /// All bits of a value.
    pub fn mask(self) -> u32 {
        u32::MAX >> (u32::BITS - self.bits())
    }

    /// The ring's number for a value.
    pub fn number(self, value: i32) -> u32 {
        (value as u32) & self.mask()
    }

    /// The sum of `sites` values that a number stands for.
    ///
    /// # Errors
    /// When no such values have that sum.
    pub fn sum(self, element: usize, number: u32, sites: usize) -> Result<i64, SumError> {
        let number = i64::from(number & self.mask());
        let modulus = 1_i64 << self.bits();
        let value = if number >= modulus / 2 { number - modulus } else { number };
        let max = i64::from(self.levels) * sites as i64;
        if value.abs() > max { Err(SumError::TooLarge { element, value, sites, max }) } else { Ok(value) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_sum_of_accepted_values_overflows(bits in 2u32..=16, sites in 1usize..=64, sign in any::<bool>()) {
            let levels = (1 << (bits - 1)) - 1;
            let ring = Ring::new(levels, sites);
            prop_assert!(ring.bits() <= 32);
            let extreme = if sign { levels as i32 } else { -(levels as i32) };
            let number = (0..sites).fold(0_u32, |sum, _| sum.wrapping_add(ring.number(extreme)) & ring.mask());
            prop_assert_eq!(ring.sum(0, number, sites), Ok(i64::from(extreme) * sites as i64));
        }
    }

    #[test]
    fn what_no_sites_can_have_summed_is_refused() {
        let ring = Ring::new(3, 5);
        assert_eq!(ring.sum(7, ring.number(9), 3), Ok(9));
        assert!(ring.sum(7, ring.number(10), 3).unwrap_err().to_string().contains("value 7 of the sum is 10"));
    }
}
