//! Instants: microseconds since 1970-01-01T00:00:00Z here, `google.protobuf.Timestamp` in messages.

use prost_types::Timestamp;

use crate::error::Error;

/// The message for an instant in microseconds since 1970-01-01T00:00:00Z.
pub(crate) fn timestamp(micros: i64) -> Timestamp {
    let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0);
    Timestamp { seconds: micros.div_euclid(1_000_000), nanos }
}

/// Microseconds since 1970-01-01T00:00:00Z. `None` for an instant outside the years 1 to 9999, and for a message
/// whose parts are out of range.
pub(crate) fn micros(instant: &Timestamp) -> Option<i64> {
    const YEARS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
    (YEARS.contains(&instant.seconds) && (0..1_000_000_000).contains(&instant.nanos))
        .then(|| instant.seconds * 1_000_000 + i64::from(instant.nanos) / 1_000)
}

/// Microseconds since 1970-01-01T00:00:00Z of the instant for which a query asks.
///
/// # Errors
///
/// If it is no instant.
pub(crate) fn as_of(instant: &Timestamp) -> Result<i64, Error> {
    micros(instant).ok_or_else(|| Error::invalid("as_of", "it must be an instant of the years 1 to 9999"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_converted_there_and_back() {
        for instant in [0, 1, -1, 1_490_000_000_123_456, -62_135_596_800_000_000] {
            assert_eq!(micros(&timestamp(instant)), Some(instant));
        }
        assert_eq!(micros(&Timestamp { seconds: i64::MAX, nanos: 0 }), None);
        assert_eq!(micros(&Timestamp { seconds: 0, nanos: -1 }), None);
    }
}
