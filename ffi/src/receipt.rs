//! Receipts: what was done with records.

use std::ffi::c_char;
use std::ptr::null;

use peelian::v1;
use peelian_core::contract::Severity;
use peelian_core::intake;

use crate::findings::Findings;
use crate::pointer::{In, Owned};
use crate::texts::Texts;

/// What was done with records. It belongs to its receipt. For a submission, received = created + updated + unchanged +
/// deleted + not_held + rejected. Records that were only checked, or added to local records, are counted as received and
/// as rejected, and the other numbers are 0.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ReceiptDetails {
    /// Rows received.
    pub received: u64,
    /// Rows left out because they have errors.
    pub rejected: u64,
    /// Findings that are errors, including those that are not kept.
    pub errors: u64,
    /// Findings that are warnings.
    pub warnings: u64,
    /// Findings that are information.
    pub infos: u64,
    /// Rows that the exchange did not hold before.
    pub created: u64,
    /// Rows that the exchange held with other values.
    pub updated: u64,
    /// Rows that the exchange held with the same values.
    pub unchanged: u64,
    /// Rows that the exchange held in the period and that the replacement does not have.
    pub deleted_by_replacement: u64,
    /// Rows that a deletion removed.
    pub deleted: u64,
    /// Rows of a deletion that the exchange did not hold.
    pub not_held: u64,
    /// Position in the ledger after the submission.
    pub ledger_position: u64,
    /// Whether this was a dry run, which writes nothing.
    pub dry_run: bool,
    /// Name of the submission: "agencies/mps/submissions/01J..."; empty for a dry run and for local records.
    pub submission: *const c_char,
    /// Name of the submission that was in force before for the same slice; empty if there was none.
    pub superseded: *const c_char,
    /// Identifier of the request, which names the submission to those who operate the exchange; empty for local records.
    pub request_id: *const c_char,
    /// Whether the exchange had received the same submission before: this is the receipt of then, and nothing was written.
    pub replayed: bool,
    /// SHA-256 of the content that the exchange received, in hexadecimal; empty for local records.
    pub content_sha256: *const c_char,
}

/// What was done with records, and the findings in them. Free it with peelian_receipt_free().
#[derive(Debug)]
pub struct Receipt {
    details: ReceiptDetails,
    findings: Findings,
    #[expect(dead_code, reason = "the details point into it")]
    texts: Texts,
}

impl Receipt {
    /// The receipt for records that were checked in this process.
    pub(crate) fn local(received: u64, rejected: u64, findings: &intake::Findings) -> Self {
        let counts = v1::FindingCounts {
            errors: findings.total(Severity::Error),
            warnings: findings.total(Severity::Warning),
            infos: findings.total(Severity::Info),
        };
        let receipt = v1::SubmissionReceipt { received, rejected, findings: Some(counts), ..Default::default() };
        Self::new(&receipt, Findings::from(findings))
    }

    /// The receipt of a submission, with its first findings.
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
            deleted: receipt.deleted,
            not_held: receipt.not_held,
            ledger_position: receipt.ledger_position,
            dry_run: receipt.dry_run,
            submission: texts.keep(&receipt.submission),
            superseded: texts.keep(&receipt.superseded),
            request_id: texts.keep(&receipt.request_id),
            replayed: receipt.replayed,
            content_sha256: texts.keep(&receipt.content_sha256),
        };
        Self { details, findings, texts }
    }
}

/// The numbers of a receipt; NULL for NULL. They belong to the receipt.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_receipt_get(receipt: In<'_, Receipt>) -> *const ReceiptDetails {
    receipt.view().map_or(null(), |receipt| &raw const receipt.details)
}

/// The findings of a receipt: errors, warnings and information, in the order of rows. NULL for NULL. They belong to the
/// receipt. The receipt of a submission has the first 100 findings; peelian_client_findings() gets all.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_receipt_findings(receipt: In<'_, Receipt>) -> *const Findings {
    receipt.view().map_or(null(), |receipt| &raw const receipt.findings)
}

/// Frees a receipt with its details and findings. Does nothing for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_receipt_free(receipt: Owned<Receipt>) {
    receipt.free();
}
