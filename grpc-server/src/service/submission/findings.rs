//! Findings of one submission: those of its rows, and those of what is held.

use peelian::v1::{Finding, FindingCounts, ListFindingsResponse};
use peelian_core::contract::Severity;
use peelian_core::intake::Findings;
use peelian_core::wire;
use prost::Message as _;

use crate::ledger::{Conflict, Elsewhere};

/// Findings of a receipt.
const FIRST: usize = 100;
/// Findings of a stored block.
const BLOCK: usize = 500;
/// Conflicts that are kept as findings; all are counted.
const CONFLICTS_KEPT: usize = 1_000;

/// Key held in another collection.
const OTHER_COLLECTION: (&str, &str) = ("PEEL-6010", "A key is held in one collection of an agency.");
/// Key held in another period.
const OTHER_PERIOD: (&str, &str) = ("PEEL-6011", "A key is held in one period.");

/// Findings of one submission.
#[derive(Debug)]
pub(super) struct Found {
    /// Findings kept, in the order of rows.
    kept: Vec<Finding>,
    /// Counts of all.
    pub(super) counts: FindingCounts,
}

impl Found {
    /// Findings of the rows, and of `conflicts` with what is held. `number` gives the number of a row as received.
    pub(super) fn new(findings: &Findings, conflicts: &[Conflict], number: impl Fn(usize) -> u64) -> Self {
        let mut kept: Vec<Finding> = findings.kept().iter().map(wire::finding).collect();
        kept.extend(conflicts.iter().take(CONFLICTS_KEPT).map(|conflict| held_elsewhere(conflict, &number)));
        kept.sort_by(|a, b| (a.row, &a.code, &a.field).cmp(&(b.row, &b.code, &b.field)));
        let conflicts = u64::try_from(conflicts.len()).unwrap_or(u64::MAX);
        let counts = FindingCounts {
            errors: findings.total(Severity::Error).saturating_add(conflicts),
            warnings: findings.total(Severity::Warning),
            infos: findings.total(Severity::Info),
        };
        Self { kept, counts }
    }

    /// Those of the receipt.
    pub(super) fn first(&self) -> Vec<Finding> {
        self.kept.iter().take(FIRST).cloned().collect()
    }

    /// Encoded blocks, as they are stored.
    pub(super) fn blocks(&self) -> Vec<Vec<u8>> {
        let block = |findings: &[Finding]| {
            ListFindingsResponse { findings: findings.to_vec(), next_page_token: String::new() }.encode_to_vec()
        };
        self.kept.chunks(BLOCK).map(block).collect()
    }
}

fn held_elsewhere(conflict: &Conflict, number: &impl Fn(usize) -> u64) -> Finding {
    let ((code, rule), message) = match conflict.why {
        Elsewhere::Collection => {
            (OTHER_COLLECTION, "The key is held in another collection of the agency. Use MERGE to move the row here.")
        }
        Elsewhere::Period => (
            OTHER_PERIOD,
            "The key is held outside the declared period. Use MERGE to move the row here, or declare the period that \
             holds it.",
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
