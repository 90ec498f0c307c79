//! What became of records.

use std::ffi::c_char;
use std::ptr::null;

use peelian::v1;
use peelian_core::contract::Severity;
use peelian_core::intake;

use crate::findings::Findings;
use crate::pointer::{free, view};
use crate::texts::Texts;

/// What became of records. It belongs to its receipt. received = created + updated + unchanged + rejected for a
/// submission; records that were checked, or added to local ones, are received and rejected only.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ReceiptDetails {
    /// Rows received.
    pub received: u64,
    /// Rows left out for their errors.
    pub rejected: u64,
    /// Findings that are errors, kept or not.
    pub errors: u64,
    /// Findings that are warnings.
    pub warnings: u64,
    /// Findings that inform.
    pub infos: u64,
    /// Rows that the exchange did not hold before.
    pub created: u64,
    /// Rows that it held with other values.
    pub updated: u64,
    /// Rows that it held with the same values.
    pub unchanged: u64,
    /// Rows that it held and that are not in the replacement of their period.
    pub deleted_by_replacement: u64,
    /// Position in the ledger after the submission.
    pub ledger_position: u64,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Name of the submission: "agencies/mps/submissions/01J..."; empty for a dry run and for local records.
    pub submission: *const c_char,
    /// Name of the submission that was in force for the same slice before; empty if there was none.
    pub superseded: *const c_char,
    /// SHA-256 of the content as the exchange received it, in hexadecimal; empty for local records.
    pub content_sha256: *const c_char,
}

/// What became of records, with what was found in them. Free it with peelian_receipt_free().
#[derive(Debug)]
pub struct Receipt {
    details: ReceiptDetails,
    findings: Findings,
    #[expect(dead_code, reason = "the details point into it")]
    texts: Texts,
}

impl Receipt {
    /// Of records that were checked here.
    pub(crate) fn local(received: u64, rejected: u64, findings: &intake::Findings) -> Self {
        let counts = v1::FindingCounts {
            errors: findings.total(Severity::Error),
            warnings: findings.total(Severity::Warning),
            infos: findings.total(Severity::Info),
        };
        let receipt = v1::SubmissionReceipt { received, rejected, findings: Some(counts), ..Default::default() };
        Self::new(&receipt, Findings::from(findings))
    }

    /// Of a submission, with its first findings.
    pub(crate) fn submitted(receipt: &v1::SubmissionReceipt) -> Self {
        Self::new(receipt, Findings::new(&receipt.first_findings))
    }

    fn new(receipt: &v1::SubmissionReceipt, findings: Findings) -> Self {
        let mut texts = Texts::default();
        let counts = receipt.findings.unwrap_or_default();
        let details = ReceiptDetails {
            received: receipt.received,
            rejected: receipt.rejected,
            errors: counts.errors,
            warnings: counts.warnings,
            infos: counts.infos,
            created: receipt.created,
            updated: receipt.updated,
            unchanged: receipt.unchanged,
            deleted_by_replacement: receipt.deleted_by_replacement,
            ledger_position: receipt.ledger_position,
            dry_run: receipt.dry_run,
            submission: texts.keep(&receipt.submission),
            superseded: texts.keep(&receipt.superseded),
            content_sha256: texts.keep(&receipt.content_sha256),
        };
        Self { details, findings, texts }
    }
}

/// The numbers of a receipt; NULL for NULL. They belong to it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_receipt_get(receipt: *const Receipt) -> *const ReceiptDetails {
    // SAFETY: the conventions of the header.
    unsafe { view(receipt) }.map_or(null(), |receipt| &raw const receipt.details)
}

/// What was found, errors, warnings and information, in the order of rows; NULL for NULL. They belong to the receipt. The
/// receipt of a submission has the first 100; peelian_client_findings() gets all.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_receipt_findings(receipt: *const Receipt) -> *const Findings {
    // SAFETY: the conventions of the header.
    unsafe { view(receipt) }.map_or(null(), |receipt| &raw const receipt.findings)
}

/// Frees a receipt with its details and findings. NULL is left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_receipt_free(receipt: *mut Receipt) {
    // SAFETY: the conventions of the header.
    unsafe { free(receipt) }
}
