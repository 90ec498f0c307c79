//! Findings of one submission: those about its rows, and conflicts with the rows held.

use peelian::v1::{Finding, FindingCounts, FindingScope, ListFindingsResponse};
use peelian_core::contract::Severity;
use peelian_core::intake::{Findings, Known, Limits, registry as known};
use peelian_core::wire;
use prost::Message as _;

use crate::ledger::{Conflict, Elsewhere, HeldElsewhere};
use crate::limits::FINDINGS_IN_RECEIPT;

/// Findings in one stored block, which is one row of the database.
const BLOCK: usize = 500;

/// A key is held in another collection: the code, the rule and the advice.
const OTHER_COLLECTION: (&str, &str, &str) = (
    "PEEL-6010",
    "A key is held in one collection of an agency.",
    "The key is held in another collection of the agency. Use MERGE to move the row to this collection.",
);
/// A key is held in another period.
const OTHER_PERIOD: (&str, &str, &str) = (
    "PEEL-6011",
    "A key is held in one period.",
    "The key is held outside the declared period. Use MERGE to move the row into it, or declare the period that has the row.",
);
/// The findings about keys that are held elsewhere.
pub(crate) const CONFLICTS: [(&str, &str, &str); 2] = [OTHER_COLLECTION, OTHER_PERIOD];

/// What the ledger has to say about the rows of a submission.
pub(super) struct LedgerFindings<'c> {
    /// Rows whose keys are held elsewhere. They are left out.
    pub(super) conflicts: &'c [Conflict],
    /// Rows left out, by their number as received from 0, with the number of rows held that stay in force for each.
    pub(super) keeping: Vec<(usize, u64)>,
    /// Rows that other agencies hold too.
    pub(super) elsewhere: Vec<HeldElsewhere>,
}

/// Findings of one submission.
#[derive(Debug)]
pub(super) struct SubmissionFindings {
    /// Findings that are kept, in the order of their rows.
    kept: Vec<Finding>,
    /// Counts of all findings.
    pub(super) counts: FindingCounts,
}

impl SubmissionFindings {
    /// The findings about the rows, and those of the ledger. Of each kind as many are kept as of every other finding;
    /// all are counted. `number` gives the number of a row that is kept as it was received.
    pub(super) fn new(findings: &Findings, ledger: &LedgerFindings<'_>, number: impl Fn(usize) -> u64) -> Self {
        let mut kept: Vec<Finding> = findings.kept().iter().map(wire::finding).collect();
        let most = usize::try_from(Limits::default().max_findings_kept).unwrap_or(usize::MAX);
        kept.extend(ledger.conflicts.iter().take(most).map(|conflict| held_elsewhere(conflict, &number)));
        kept.extend(ledger.keeping.iter().take(most).map(|(row, rows)| keeps(*row, *rows)));
        let (overruled, overruling): (Vec<_>, Vec<_>) = ledger.elsewhere.iter().partition(|held| held.other_counts);
        for (others, finding) in [(&overruled, &known::HELD_BY_OTHER), (&overruling, &known::TAKES_PLACE)] {
            kept.extend(others.iter().take(most).map(|held| held_by_other(finding, number(held.row), &held.agency)));
        }
        kept.sort_by(|a, b| (a.row, &a.code, &a.field).cmp(&(b.row, &b.code, &b.field)));
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let counts = FindingCounts {
            errors: findings.total(Severity::Error).saturating_add(count(ledger.conflicts.len())),
            warnings: findings.total(Severity::Warning) + count(ledger.keeping.len() + overruled.len()),
            infos: findings.total(Severity::Info) + count(overruling.len()),
        };
        Self { kept, counts }
    }

    /// The findings in the receipt: errors first, then warnings.
    pub(super) fn first(&self) -> Vec<Finding> {
        let of = |severity: Severity| self.kept.iter().filter(move |finding| finding.severity() == severity);
        let in_order = of(Severity::Error).chain(of(Severity::Warning)).chain(of(Severity::Info));
        in_order.take(FINDINGS_IN_RECEIPT).cloned().collect()
    }

    /// The findings encoded in blocks for the store.
    pub(super) fn blocks(&self) -> Vec<Vec<u8>> {
        let block = |findings: &[Finding]| {
            ListFindingsResponse { findings: findings.to_vec(), next_page_token: String::new() }.encode_to_vec()
        };
        self.kept.chunks(BLOCK).map(block).collect()
    }
}

/// A row that was left out keeps rows held before in force.
fn keeps(row: usize, rows: u64) -> Finding {
    let row = u64::try_from(row).unwrap_or(u64::MAX).saturating_add(1);
    let detail = match rows {
        1 => "The row that it would have replaced stays in force.".to_owned(),
        rows => format!("It is not known which row it would have replaced: {rows} rows stay in force."),
    };
    of_row(&known::KEPT_HELD, row, &detail)
}

/// Another agency holds a row with the same key.
fn held_by_other(finding: &Known, row: u64, agency: &str) -> Finding {
    let other = if finding.code == known::HELD_BY_OTHER.code { "and its row counts" } else { "and this row counts" };
    of_row(finding, row, &format!("{agency} holds the same row, {other}."))
}

fn of_row(finding: &Known, row: u64, detail: &str) -> Finding {
    Finding {
        code: finding.code.to_owned(),
        severity: finding.severity.into(),
        scope: FindingScope::Row.into(),
        row,
        rule: finding.rule.to_owned(),
        message: format!("{detail} {}", finding.advice),
        ..Finding::default()
    }
}

fn held_elsewhere(conflict: &Conflict, number: &impl Fn(usize) -> u64) -> Finding {
    let (code, rule, message) = match conflict.elsewhere {
        Elsewhere::Collection => OTHER_COLLECTION,
        Elsewhere::Period => OTHER_PERIOD,
    };
    Finding {
        code: code.to_owned(),
        severity: Severity::Error.into(),
        scope: FindingScope::Row.into(),
        row: number(conflict.row),
        rule: rule.to_owned(),
        message: message.to_owned(),
        ..Finding::default()
    }
}
