//! Findings: what is wrong in records.

use std::ffi::c_char;
use std::ptr::null;

use peelian::v1;
use peelian_core::{intake, wire};

use crate::pointer::{In, Owned};
use crate::texts::Texts;

/// One finding in records. It belongs to the object that it was read from. No text is NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Finding {
    /// Code: "PEEL-5004". A code is never used again for something else.
    pub code: *const c_char,
    /// "ERROR", "WARNING" or "INFO".
    pub severity: *const c_char,
    /// Scope: "BATCH", "ROW" or "FIELD".
    pub scope: *const c_char,
    /// Number of the row. The first row after the header is 1. 0 where the finding is about all rows.
    pub row: u64,
    /// Field; empty where the finding is about the whole row.
    pub field: *const c_char,
    /// Value that was rejected, shortened; empty where the value is personal.
    pub value: *const c_char,
    /// Rule that was broken.
    pub rule: *const c_char,
    /// What is wrong and what to do.
    pub message: *const c_char,
}

/// Findings, in the order of rows. The findings of a receipt or of an error belong to it. Any number of threads may read
/// them at the same time.
#[derive(Debug, Default)]
pub struct Findings {
    found: Vec<Finding>,
    #[expect(dead_code, reason = "the findings point into it")]
    texts: Texts,
}

impl Findings {
    /// Findings from the messages of the contract.
    pub(crate) fn new(found: &[v1::Finding]) -> Self {
        let mut texts = Texts::default();
        let found = found.iter().map(|finding| Finding {
            code: texts.keep(&finding.code),
            severity: texts.keep(wire::severity_text(finding.severity())),
            scope: texts.keep(wire::scope_text(finding.scope())),
            row: finding.row,
            field: texts.keep(&finding.field),
            value: texts.keep(&finding.value),
            rule: texts.keep(&finding.rule),
            message: texts.keep(&finding.message),
        });
        Self { found: found.collect(), texts }
    }
}

impl From<&intake::Findings> for Findings {
    fn from(findings: &intake::Findings) -> Self {
        Self::new(&findings.kept().iter().map(wire::finding).collect::<Vec<_>>())
    }
}

/// Frees findings that peelian_client_findings() gave, and no others. Does nothing for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_findings_free(findings: Owned<Findings>) {
    findings.free();
}

/// The number of findings; 0 for NULL. At most 1,000 findings with the same code are kept.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_findings_count(findings: In<'_, Findings>) -> usize {
    findings.view().map_or(0, |findings| findings.found.len())
}

/// A finding, from 0; NULL beyond the last. It belongs to the object that the findings were read from.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_findings_get(findings: In<'_, Findings>, index: usize) -> *const Finding {
    findings.view().and_then(|findings| findings.found.get(index)).map_or(null(), std::ptr::from_ref)
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    #[test]
    fn findings_are_read_one_by_one() {
        let found = v1::Finding { code: "PEEL-5001".into(), row: 7, ..v1::Finding::default() };
        let findings = Findings::new(&[v1::Finding::default(), found]);
        assert_eq!(peelian_findings_count(In::from(&findings)), 2);
        assert!(peelian_findings_get(In::from(&findings), 2).is_null());
        // SAFETY: `findings` holds the finding and its texts.
        unsafe {
            let second = &*peelian_findings_get(In::from(&findings), 1);
            assert_eq!((CStr::from_ptr(second.code), second.row), (c"PEEL-5001", 7));
            assert_eq!(CStr::from_ptr(second.field), c"");
        }
    }
}
