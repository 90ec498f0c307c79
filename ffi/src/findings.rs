//! Findings: what was wrong in records.

use std::ffi::c_char;
use std::ptr::null;

use peelian::v1;
use peelian_core::{intake, wire};

use crate::pointer::{free, view};
use crate::texts::Texts;

/// One thing found in records. It belongs to the object that it was read from. No text is NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Finding {
    /// Code: "PEEL-5004". A code is never used again for something else.
    pub code: *const c_char,
    /// "ERROR", "WARNING" or "INFO".
    pub severity: *const c_char,
    /// What it is about: "BATCH", "ROW" or "FIELD".
    pub scope: *const c_char,
    /// Row, counted from 1 without the header; 0 where the finding is about all of them.
    pub row: u64,
    /// Field; empty where the finding is about the whole row.
    pub field: *const c_char,
    /// Value that was rejected, shortened; empty where it is personal.
    pub value: *const c_char,
    /// Rule that was broken.
    pub rule: *const c_char,
    /// What is wrong and what to do.
    pub message: *const c_char,
}

/// Findings, in the order of rows. Those of a receipt or an error belong to it. Any number of threads may read them at once.
#[derive(Debug, Default)]
pub struct Findings {
    found: Vec<Finding>,
    #[expect(dead_code, reason = "the findings point into it")]
    texts: Texts,
}

impl Findings {
    /// Findings as the contract has them.
    pub(crate) fn new(found: &[v1::Finding]) -> Self {
        let mut texts = Texts::default();
        let found = found.iter().map(|finding| Finding {
            code: texts.keep(&finding.code),
            severity: texts.keep(&finding.severity),
            scope: texts.keep(&finding.scope),
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

/// Frees findings that peelian_client_findings() gave, and no others. NULL is left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_findings_free(findings: *mut Findings) {
    // SAFETY: the conventions of the header.
    unsafe { free(findings) }
}

/// How many findings there are; 0 for NULL. Of each code the first 1,000 are kept.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_findings_count(findings: *const Findings) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view(findings) }.map_or(0, |findings| findings.found.len())
}

/// A finding, from 0; NULL beyond the last. It belongs to the object that the findings were read from.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_findings_get(findings: *const Findings, index: usize) -> *const Finding {
    // SAFETY: the conventions of the header.
    unsafe { view(findings) }.and_then(|findings| findings.found.get(index)).map_or(null(), std::ptr::from_ref)
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    #[test]
    fn findings_are_read_one_by_one() {
        let found = v1::Finding { code: "PEEL-5001".into(), row: 7, ..v1::Finding::default() };
        let findings = Box::new(Findings::new(&[v1::Finding::default(), found]));
        // SAFETY: `findings` is a local variable.
        unsafe {
            assert_eq!(peelian_findings_count(&raw const *findings), 2);
            let second = &*peelian_findings_get(&raw const *findings, 1);
            assert_eq!((CStr::from_ptr(second.code), second.row), (c"PEEL-5001", 7));
            assert_eq!(CStr::from_ptr(second.field), c"");
            assert!(peelian_findings_get(&raw const *findings, 2).is_null());
        }
    }
}
