//! Arithmetic modulo the Mersenne prime 2^61 - 1.
//!
//! The equations of a table are whole numbers 0 and 1. Elimination over the rational numbers would need fractions that
//! grow without limit, and elimination in floating point would need a tolerance. Modulo a prime both are avoided. A set of
//! equations that depend on each other over the rational numbers does so modulo the prime too. The reverse fails only if
//! the prime divides a minor of the equations that is not zero. A minor of n rows is below n^(n/2) (Hadamard), so of the
//! more than 2^55 primes of 61 bits at most n * log2(n) / 122 divide it: 375 for 3,840 inner cells. An error would leave a
//! cell in doubt, not disclosed unseen: step 4 proves every protected cell by whole numbers.

/// The prime 2^61 - 1.
pub(super) const PRIME: u64 = (1 << 61) - 1;

/// A sum.
pub(super) fn add(a: u64, b: u64) -> u64 {
    let sum = a + b;
    if sum >= PRIME { sum - PRIME } else { sum }
}

/// The number that adds up to 0 with `a`.
pub(super) fn negate(a: u64) -> u64 {
    if a == 0 { 0 } else { PRIME - a }
}

/// A product.
pub(super) fn multiply(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    // 2^61 is 1, so the bits above the 61st count as a number of their own. Both parts are below 2^61.
    let low = u64::try_from(product & u128::from(PRIME)).unwrap_or(0);
    let high = u64::try_from(product >> 61).unwrap_or(0);
    add(low, if high == PRIME { 0 } else { high })
}

/// The number whose product with `a` is 1, by Fermat's little theorem. `a` is not 0.
pub(super) fn invert(a: u64) -> u64 {
    let (mut result, mut base, mut exponent) = (1, a, PRIME - 2);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = multiply(result, base);
        }
        base = multiply(base, base);
        exponent >>= 1;
    }
    result
}

/// The small whole number, positive or negative, that a number stands for. Nothing if it stands for none.
pub(super) fn signed(a: u64) -> Option<i64> {
    let small = |a: u64| i64::try_from(a).ok().filter(|a| *a <= 8);
    small(a).or_else(|| small(negate(a)).map(|a| -a))
}

/// A number that looks random and depends on `index` and `stream` alone (the finaliser of SplitMix64, Steele et al. 2014).
pub(super) fn scatter(index: u64, stream: u64) -> u64 {
    let mut z = index.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(stream.wrapping_mul(0xD1B5_4A32_D192_ED03));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z ^ (z >> 31)) % PRIME
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_wrap_at_the_prime() {
        assert_eq!(multiply(PRIME - 1, PRIME - 1), 1);
        assert_eq!(multiply(1 << 60, 2), 1);
        assert_eq!(add(PRIME - 1, 1), 0);
        assert_eq!(negate(0), 0);
    }

    #[test]
    fn small_numbers_keep_their_sign() {
        assert_eq!([3, negate(3), 0, 9, invert(2)].map(signed), [Some(3), Some(-3), Some(0), None, None]);
    }

    #[test]
    fn a_number_times_its_inverse_is_one() {
        for a in [1, 2, 3, 1_000_003, PRIME - 1, PRIME / 2] {
            assert_eq!(multiply(a, invert(a)), 1);
        }
    }
}
