//! Findings of one submission: those about its rows, and conflicts with the rows held.

use peelian::v1::{Finding, FindingCounts, ListFindingsResponse};
use peelian_core::contract::Severity;
use peelian_core::intake::{Findings, Limits};
use peelian_core::wire;
use prost::Message as _;

use crate::ledger::{Conflict, Elsewhere};
use crate::limits::FINDINGS_IN_RECEIPT;

/// Findings in one stored block, which is one row of the database.
const BLOCK: usize = 500;

/// A key is held in another collection.
const OTHER_COLLECTION: (&str, &str) = ("PEEL-6010", "A key is held in one collection of an agency.");
/// A key is held in another period.
const OTHER_PERIOD: (&str, &str) = ("PEEL-6011", "A key is held in one period.");

/// Findings of one submission.
#[derive(Debug)]
pub(super) struct SubmissionFindings {
    /// Findings that are kept, in the order of their rows.
    kept: Vec<Finding>,
    /// Counts of all findings.
    pub(super) counts: FindingCounts,
}

impl SubmissionFindings {
    /// The findings about the rows, and a finding for each conflict. Of conflicts as many are kept as of every other
    /// finding; all are counted. `number` gives the number of a row as received.
    pub(super) fn new(findings: &Findings, conflicts: &[Conflict], number: impl Fn(usize) -> u64) -> Self {
        let mut kept: Vec<Finding> = findings.kept().iter().map(wire::finding).collect();
        let conflicts_kept = usize::try_from(Limits::default().max_findings_kept).unwrap_or(usize::MAX);
        kept.extend(conflicts.iter().take(conflicts_kept).map(|conflict| held_elsewhere(conflict, &number)));
        kept.sort_by(|a, b| (a.row, &a.code, &a.field).cmp(&(b.row, &b.code, &b.field)));
        let conflicts = u64::try_from(conflicts.len()).unwrap_or(u64::MAX);
        let counts = FindingCounts {
            errors: findings.total(Severity::Error).saturating_add(conflicts),
            warnings: findings.total(Severity::Warning),
            infos: findings.total(Severity::Info),
        };
        Self { kept, counts }
    }

    /// The findings in the receipt.
    pub(super) fn first(&self) -> Vec<Finding> {
        self.kept.iter().take(FINDINGS_IN_RECEIPT).cloned().collect()
    }

    /// The findings encoded in blocks for the store.
    pub(super) fn blocks(&self) -> Vec<Vec<u8>> {
        let block = |findings: &[Finding]| {
            ListFindingsResponse { findings: findings.to_vec(), next_page_token: String::new() }.encode_to_vec()
        };
        self.kept.chunks(BLOCK).map(block).collect()
    }
}

fn held_elsewhere(conflict: &Conflict, number: &impl Fn(usize) -> u64) -> Finding {
    let ((code, rule), message) = match conflict.elsewhere {
        Elsewhere::Collection => (
            OTHER_COLLECTION,
            "The key is held in another collection of the agency. Use MERGE to move the row to this collection.",
        ),
        Elsewhere::Period => (
            OTHER_PERIOD,
            "The key is held outside the declared period. Use MERGE to move the row into it, or declare the period \
             that has the row.",
        ),
    };
    Finding {
        code: code.to_owned(),
        severity: wire::severity(Severity::Error).to_owned(),
        scope: "ROW".to_owned(),
        row: number(conflict.row),
        rule: rule.to_owned(),
        message: message.to_owned(),
        ..Finding::default()
    }
}
