//! Keys of 64 bits: of identifiers, and of rows by the values of several fields.

use arrow::array::Array;

use super::Column;

/// The 64-bit key of an identifier; 0 is reserved for "missing". Keys are stored, so the function must never change.
///
/// Two of ten million identifiers have the same key with a probability of about three in a million (the birthday bound,
/// n² / 2⁶⁵). The text of an identifier is never stored.
#[must_use]
pub fn key_of(identifier: &str) -> u64 {
    let bytes = identifier.as_bytes();
    let mut state = 0x9e37_79b9_7f4a_7c15 ^ u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        state = mix(state ^ u64::from_le_bytes(word));
    }
    let mut word = [0; 8];
    let rest = chunks.remainder();
    word[..rest.len()].copy_from_slice(rest);
    mix(state ^ u64::from_le_bytes(word)).max(1)
}

/// The key of a row whose dataset has several key fields, from the values of these fields in their order. Keys are stored,
/// so the function must never change.
#[must_use]
pub fn combine_keys(keys: &[u64]) -> u64 {
    keys.iter().fold(0x2545_f491_4f6c_dd1d_u64, |state, key| mix(state.rotate_left(23) ^ *key)).max(1)
}

/// The value of a row in 64 bits. Within a column equal values have equal bits, and different values have different bits,
/// except that texts are replaced by their keys ([`key_of`]). A missing text is 0.
///
/// # Panics
///
/// If `row` is not below [`Column::len`].
///
/// ```
/// use peelian_core::column::{Column, key_of, value_bits};
///
/// assert_eq!(value_bits(&Column::I32(vec![-1].into()), 0), 0xffff_ffff);
/// let texts = Column::Text(vec![Some("a"), None].into());
/// assert_eq!((value_bits(&texts, 0), value_bits(&texts, 1)), (key_of("a"), 0));
/// ```
#[must_use]
pub fn value_bits(column: &Column, row: usize) -> u64 {
    match column {
        Column::U8(values) => u64::from(values[row]),
        Column::U16(values) => u64::from(values[row]),
        Column::U32(values) => u64::from(values[row]),
        Column::I32(values) => u64::from(values[row].cast_unsigned()),
        Column::U64(values) => values[row],
        Column::F64(values) => values[row].to_bits(),
        Column::Text(values) if values.is_null(row) => 0,
        Column::Text(values) => key_of(values.value(row)),
    }
}

/// For each row [`combine_keys`] of its values in some columns.
pub(crate) fn combined_keys(columns: &[&Column], rows: usize) -> Vec<u64> {
    let mut parts = vec![0; columns.len()];
    let combined = |row: usize| {
        for (part, column) in parts.iter_mut().zip(columns) {
            *part = value_bits(column, row);
        }
        combine_keys(&parts)
    };
    (0..rows).map(combined).collect()
}

/// The finaliser of a 64-bit hash with full avalanche (Stafford 2011, variant 13, as in SplitMix64). It is a bijection, so
/// two states of equal length collide only if an earlier step collided.
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_never_change() {
        assert_eq!(key_of(""), key_of(""));
        assert_ne!(key_of("a"), key_of("a\0"));
        assert_ne!(combine_keys(&[1, 2]), combine_keys(&[2, 1]));
        // Stored submissions depend on these values.
        assert_eq!(key_of("01/1234/17"), 12_511_010_628_486_209_835);
        assert_eq!(combine_keys(&[1, 2]), 14_856_072_540_206_508_101);
    }
}
