//! Where the bytes that divide a table stand, found for 64 bytes at once.

use wide::u8x16;

/// Bytes that are looked at together.
pub(super) const WIDTH: usize = 64;

/// The places of the bytes that divide a table among 64 bytes: bit `i` stands for byte `i`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Marks {
    pub(super) separators: u64,
    pub(super) line_feeds: u64,
    pub(super) carriage_returns: u64,
    pub(super) quotes: u64,
}

/// Finds the marks of some bytes.
#[inline(always)]
pub(super) fn marks(bytes: &[u8; WIDTH], separator: u8) -> Marks {
    let (parts, _) = bytes.as_chunks::<16>();
    let places = |byte: u8| {
        let byte = u8x16::splat(byte);
        let add = |places, (at, part): (usize, &[u8; 16])| {
            places | u64::from(u8x16::new(*part).simd_eq(byte).to_bitmask()) << (16 * at)
        };
        parts.iter().enumerate().fold(0, add)
    };
    Marks {
        separators: places(separator),
        line_feeds: places(b'\n'),
        carriage_returns: places(b'\r'),
        quotes: places(b'"'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_mark_is_found(
            letters in prop::collection::vec(prop::sample::select(b",;\"\r\nxyz\xc3\0\x80,".to_vec()), WIDTH),
            separator in prop::sample::select(b",;\t\0".to_vec()),
        ) {
            let bytes: [u8; WIDTH] = letters.clone().try_into().unwrap();
            let places = |byte: u8| (0..WIDTH).filter(|at| letters[*at] == byte).fold(0_u64, |places, at| places | 1 << at);
            let expected = Marks {
                separators: places(separator),
                line_feeds: places(b'\n'),
                carriage_returns: places(b'\r'),
                quotes: places(b'"'),
            };
            prop_assert_eq!(marks(&bytes, separator), expected);
        }
    }
}
