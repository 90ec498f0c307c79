//! From the core's types to the contract's.

use peelian::v1::Finding;
use peelian_core::contract::Severity;
use peelian_core::intake::{self, Scope};
use prost_types::Timestamp;

/// A finding as the contract has it.
pub(crate) fn finding(finding: &intake::Finding) -> Finding {
    Finding {
        code: finding.code.to_owned(),
        severity: severity(finding.severity).to_owned(),
        scope: scope(finding.scope).to_owned(),
        row: finding.row,
        field: finding.field.to_owned(),
        value: finding.value.clone(),
        rule: finding.rule.to_owned(),
        message: finding.message.clone(),
    }
}

/// How a severity is written.
pub(crate) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Unspecified => "",
        Severity::Error => "ERROR",
        Severity::Warning => "WARNING",
        Severity::Info => "INFO",
    }
}

fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Batch => "BATCH",
        Scope::Row => "ROW",
        Scope::Field => "FIELD",
    }
}

/// An instant from microseconds since 1970-01-01T00:00:00Z.
pub(crate) fn timestamp(micros: i64) -> Timestamp {
    let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0);
    Timestamp { seconds: micros.div_euclid(1_000_000), nanos }
}

/// Microseconds since 1970-01-01T00:00:00Z; `None` outside the years 1 to 9999, or where the parts are out of range.
pub(crate) fn micros(instant: &Timestamp) -> Option<i64> {
    const YEARS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
    (YEARS.contains(&instant.seconds) && (0..1_000_000_000).contains(&instant.nanos))
        .then(|| instant.seconds * 1_000_000 + i64::from(instant.nanos) / 1_000)
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_there_and_back() {
        for instant in [0, 1, -1, 1_490_000_000_123_456, -62_135_596_800_000_000] {
            assert_eq!(micros(&timestamp(instant)), Some(instant));
        }
        assert_eq!(micros(&Timestamp { seconds: i64::MAX, nanos: 0 }), None);
        assert_eq!(micros(&Timestamp { seconds: 0, nanos: -1 }), None);
    }

    #[test]
    fn bytes_in_hexadecimal() {
        assert_eq!(hex(&[0, 10, 255]), "000aff");
    }
}
