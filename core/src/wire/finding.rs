//! Conversion of findings to the contract's messages.

use peelian::v1::{Finding, FindingScope};

use crate::contract::Severity;
use crate::intake::{self, Scope};

/// Converts a finding to the contract's message.
#[must_use]
pub fn finding(finding: &intake::Finding) -> Finding {
    Finding {
        code: finding.code.to_owned(),
        severity: finding.severity.into(),
        scope: scope(finding.scope).into(),
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
pub fn severity_text(severity: Severity) -> &'static str {
    match severity {
        Severity::Unspecified => "",
        Severity::Error => "ERROR",
        Severity::Warning => "WARNING",
        Severity::Info => "INFO",
    }
}

/// Name of what a finding is about: `ROW`. Empty for [`FindingScope::Unspecified`].
#[must_use]
pub fn scope_text(scope: FindingScope) -> &'static str {
    match scope {
        FindingScope::Unspecified => "",
        FindingScope::Batch => "BATCH",
        FindingScope::Row => "ROW",
        FindingScope::Field => "FIELD",
    }
}

fn scope(scope: Scope) -> FindingScope {
    match scope {
        Scope::Batch => FindingScope::Batch,
        Scope::Row => FindingScope::Row,
        Scope::Field => FindingScope::Field,
    }
}
