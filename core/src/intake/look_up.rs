//! The inner loops that turn the keys of a dictionary into values. They are compiled for several processors, and the version
//! for the processor is chosen at run time.

use arrow::buffer::BooleanBuffer;
use arrow::datatypes::ArrowNativeType;
use multiversion::multiversion;

/// Most entries of a table in which a lookup needs no bounds check.
const SMALL: usize = 1 << 8;

/// Writes the value of each key. `table` has the values of the keys from `first` on. If there are few, each key is compared
/// with all of them, many keys at once, instead of a lookup for each key. Every key that is not null must have a value in
/// `table`; other keys get any value, or `missing`.
pub(super) fn look_up<K: ArrowNativeType, V: Copy>(keys: &[K], first: usize, table: &[V], missing: V, out: &mut [V]) {
    match table.len() {
        0..=2 => compare(keys, first, &padded::<V, 2>(table, missing), out),
        3..=4 => compare(keys, first, &padded::<V, 4>(table, missing), out),
        5..=8 => compare(keys, first, &padded::<V, 8>(table, missing), out),
        9..=SMALL => {
            let table = padded::<V, SMALL>(table, missing);
            for (value, key) in out.iter_mut().zip(keys) {
                *value = table[key.as_usize().wrapping_sub(first) % SMALL];
            }
        }
        _ => {
            for (value, key) in out.iter_mut().zip(keys) {
                *value = table.get(key.as_usize().wrapping_sub(first)).copied().unwrap_or(missing);
            }
        }
    }
}

/// The table, followed by `missing`.
fn padded<V: Copy, const N: usize>(table: &[V], missing: V) -> [V; N] {
    let mut all = [missing; N];
    for (slot, value) in all.iter_mut().zip(table) {
        *slot = *value;
    }
    all
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq+avx2+bmi1+bmi2", "x86_64+avx2+bmi1+bmi2"))]
fn compare<K: ArrowNativeType, V: Copy, const N: usize>(keys: &[K], first: usize, table: &[V; N], out: &mut [V]) {
    let mut table = *table;
    let mut edges = [K::default(); N];
    for entry in 1..N {
        // An entry beyond the type of the keys repeats the entry before it.
        match K::from_usize(first + entry) {
            Some(edge) => edges[entry] = edge,
            None => (edges[entry], table[entry]) = (edges[entry - 1], table[entry - 1]),
        }
    }
    for (value, key) in out.iter_mut().zip(keys) {
        let mut found = table[0];
        for entry in 1..N {
            found = if *key >= edges[entry] { table[entry] } else { found };
        }
        *value = found;
    }
}

/// Number of values that satisfy a condition.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq+avx2+bmi1+bmi2", "x86_64+avx2+bmi1+bmi2"))]
pub(super) fn count_where<V: Copy, H: Fn(V) -> bool>(values: &[V], holds: H) -> usize {
    // Counted in bytes, because a vector has more bytes than wider numbers.
    let few = |values: &[V]| values.iter().fold(0_u8, |count, value| count.wrapping_add(u8::from(holds(*value))));
    values.chunks(128).map(|values| usize::from(few(values))).sum()
}

/// Keeps the values whose bit is set, and replaces the others by `other`.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq+avx2+bmi1+bmi2", "x86_64+avx2+bmi1+bmi2"))]
pub(super) fn keep_where<V: Copy>(values: &mut [V], other: V, bits: &BooleanBuffer) {
    for (values, bits) in values.chunks_mut(64).zip(bits.bit_chunks().iter_padded()) {
        match bits {
            u64::MAX => {}
            0 => values.fill(other),
            _ => {
                for (row, value) in values.iter_mut().enumerate() {
                    *value = if bits >> row & 1 == 1 { *value } else { other };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_way_of_looking_up_agrees(
            first in 0_usize..300,
            entries in 1_usize..400,
            seed in any::<u64>(),
            rows in 0_usize..300,
        ) {
            let table: Vec<u16> = (0..entries).map(|entry| u16::try_from(entry * 3 + 1).unwrap()).collect();
            let turned = |row: usize| seed.rotate_left(u32::try_from(row % 64).unwrap());
            let key = |row: usize| usize::try_from(turned(row) % u64::try_from(entries).unwrap()).unwrap();
            let keys: Vec<u32> = (0..rows).map(|row| u32::try_from(first + key(row)).unwrap()).collect();
            let mut found = vec![0; rows];
            look_up(&keys, first, &table, 0, &mut found);
            let expected: Vec<u16> = (0..rows).map(|row| table[key(row)]).collect();
            prop_assert_eq!(&found, &expected);

            // Keys up to the last of a narrow type.
            let (first, table) = (256 - entries.min(256), &table[..entries.min(256)]);
            let keys: Vec<u8> = (0..rows).map(|row| u8::try_from(first + key(row) % table.len()).unwrap()).collect();
            let mut narrow = vec![0; rows];
            look_up(&keys, first, table, 0, &mut narrow);
            prop_assert!((0..rows).all(|row| narrow[row] == table[key(row) % table.len()]));

            let holds = |value: &u16| value.is_multiple_of(2);
            prop_assert_eq!(count_where(&found, |value| holds(&value)), found.iter().filter(|value| holds(value)).count());

            let valid: Vec<bool> = (0..rows).map(|row| key(row) % 3 != 0).collect();
            keep_where(&mut found, 0, &BooleanBuffer::from(valid.clone()));
            let expected: Vec<u16> = expected.iter().zip(&valid).map(|(value, valid)| if *valid { *value } else { 0 }).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
