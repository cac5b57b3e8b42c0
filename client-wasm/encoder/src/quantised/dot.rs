//! The product by the instructions that a processor or a browser has.

#[cfg(not(target_arch = "wasm32"))]
use super::tiles::{self, IntegerLanes, LANES};

/// As [`tiles::product`], with the widest instructions there are.
pub fn product(panels: &[i8], rows: &[u8], inputs: usize, write: impl FnMut(usize, usize, &[i32])) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        #[allow(unsafe_code)]
        return unsafe { avx2::product(panels, rows, inputs, write) };
    }
    #[cfg(target_arch = "wasm32")]
    wasm::product(panels, rows, inputs, write);
    #[cfg(not(target_arch = "wasm32"))]
    tiles::product::<Plain>(panels, rows, inputs, write);
}

/// Sums in an array, which the compiler vectorises as it can.
#[cfg(not(target_arch = "wasm32"))]
struct Plain;

#[cfg(not(target_arch = "wasm32"))]
impl IntegerLanes for Plain {
    type Sums = [i32; LANES];

    #[inline(always)]
    fn zero() -> Self::Sums {
        [0; LANES]
    }

    #[inline(always)]
    fn add(mut sums: Self::Sums, weights: &[i8], activations: [u8; 4]) -> Self::Sums {
        for (sum, weights) in sums.iter_mut().zip(weights.chunks_exact(4)) {
            let products = weights.iter().zip(activations).map(|(w, a)| i32::from(*w) * i32::from(a));
            *sum += products.sum::<i32>();
        }
        sums
    }

    #[inline(always)]
    fn store(sums: Self::Sums, to: &mut [i32]) {
        to.copy_from_slice(&sums);
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm256_add_epi32, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_set1_epi16,
        _mm256_set1_epi32, _mm256_setzero_si256, _mm256_storeu_si256,
    };

    use super::super::tiles::{self, IntegerLanes};

    /// # Safety
    /// The processor must have AVX2.
    #[target_feature(enable = "avx2")]
    pub unsafe fn product(panels: &[i8], rows: &[u8], inputs: usize, write: impl FnMut(usize, usize, &[i32])) {
        tiles::product::<Lanes>(panels, rows, inputs, write);
    }

    struct Lanes;

    /// Private to this module, whose only caller has AVX2; loads and stores stay within slices of the length that is asked
    /// for first.
    impl IntegerLanes for Lanes {
        type Sums = __m256i;

        #[inline(always)]
        fn zero() -> Self::Sums {
            // SAFETY: as above.
            unsafe { _mm256_setzero_si256() }
        }

        #[inline(always)]
        fn add(sums: Self::Sums, weights: &[i8], activations: [u8; 4]) -> Self::Sums {
            let weights = &weights[..32];
            // SAFETY: as above. Two products of 7 and 8 bits fit into 16.
            unsafe {
                let weights = _mm256_loadu_si256(weights.as_ptr().cast());
                let pairs = _mm256_maddubs_epi16(_mm256_set1_epi32(i32::from_le_bytes(activations)), weights);
                _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))
            }
        }

        #[inline(always)]
        fn store(sums: Self::Sums, to: &mut [i32]) {
            let to = &mut to[..8];
            // SAFETY: as above.
            unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), sums) }
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    use std::arch::wasm32::{i32x4_extract_lane, i32x4_splat, v128, v128_load};

    use super::super::tiles::{self, IntegerLanes};

    /// A module with relaxed SIMD is loaded only by browsers that have it.
    #[cfg_attr(feature = "relaxed-simd", target_feature(enable = "relaxed-simd"))]
    pub fn product(panels: &[i8], rows: &[u8], inputs: usize, write: impl FnMut(usize, usize, &[i32])) {
        tiles::product::<Lanes>(panels, rows, inputs, write);
    }

    struct Lanes;

    impl IntegerLanes for Lanes {
        type Sums = v128;

        #[inline(always)]
        fn zero() -> Self::Sums {
            i32x4_splat(0)
        }

        #[inline(always)]
        fn add(sums: Self::Sums, weights: &[i8], activations: [u8; 4]) -> Self::Sums {
            let weights = &weights[..16];
            // SAFETY: the slice has 16 bytes.
            #[allow(unsafe_code)]
            let weights = unsafe { v128_load(weights.as_ptr().cast()) };
            add(sums, weights, i32x4_splat(i32::from_le_bytes(activations)))
        }

        #[inline(always)]
        fn store(sums: Self::Sums, to: &mut [i32]) {
            to[..4].copy_from_slice(&[
                i32x4_extract_lane::<0>(sums),
                i32x4_extract_lane::<1>(sums),
                i32x4_extract_lane::<2>(sums),
                i32x4_extract_lane::<3>(sums),
            ]);
        }
    }

    /// Signed bytes times 7-bit numbers, for which the instruction is the same everywhere.
    #[cfg(feature = "relaxed-simd")]
    #[inline(always)]
    fn add(sums: v128, weights: v128, activations: v128) -> v128 {
        std::arch::wasm32::i32x4_relaxed_dot_i8x16_i7x16_add(weights, activations, sums)
    }

    #[cfg(not(feature = "relaxed-simd"))]
    #[inline(always)]
    fn add(sums: v128, weights: v128, activations: v128) -> v128 {
        use std::arch::wasm32::{
            i16x8_extmul_high_i8x16, i16x8_extmul_low_i8x16, i32x4_add, i32x4_extadd_pairwise_i16x8, i32x4_shuffle,
        };
        let low = i32x4_extadd_pairwise_i16x8(i16x8_extmul_low_i8x16(weights, activations));
        let high = i32x4_extadd_pairwise_i16x8(i16x8_extmul_high_i8x16(weights, activations));
        let even = i32x4_shuffle::<0, 2, 4, 6>(low, high);
        let odd = i32x4_shuffle::<1, 3, 5, 7>(low, high);
        i32x4_add(sums, i32x4_add(even, odd))
    }
}
