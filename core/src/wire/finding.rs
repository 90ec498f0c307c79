//! Conversion of findings to the contract's messages.

use peelian::v1::Finding;

use crate::contract::Severity;
use crate::intake::{self, Scope};

/// Converts a finding to the contract's message.
#[must_use]
pub fn finding(finding: &intake::Finding) -> Finding {
    Finding {
        code: finding.code.to_owned(),
        severity: severity(finding.severity).to_owned(),
        scope: scope(finding.scope).to_owned(),
        row: finding.row,
        field: finding.field.to_owned(),
        value: finding.value.clone(),
        rule: finding.rule.to_owned(),
        message: finding.message.clone(),
        line: finding.line,
        column: finding.column.clone(),
    }
}

/// Name of a severity: `ERROR`. Empty for [`Severity::Unspecified`].
#[must_use]
pub fn severity(severity: Severity) -> &'static str {
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
