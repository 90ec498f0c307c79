//! The least and the largest of many values.

use multiversion::multiversion;

/// The least and the largest value; `None` if there are no values.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq+avx2+bmi1+bmi2", "x86_64+avx2+bmi1+bmi2"))]
pub(crate) fn extremes<T: Copy + PartialOrd>(values: &[T]) -> Option<(T, T)> {
    let first = *values.first()?;
    // Two loops, because the compiler does not vectorise one loop for both.
    let least = values.iter().fold(first, |least, value| if *value < least { *value } else { least });
    let most = values.iter().fold(first, |most, value| if *value > most { *value } else { most });
    Some((least, most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn they_are_the_least_and_the_largest(values in prop::collection::vec(any::<i32>(), 0..300)) {
            prop_assert_eq!(extremes(&values), values.iter().copied().min().zip(values.iter().copied().max()));
        }
    }
}
