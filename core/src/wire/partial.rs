//! Findings about rows that were counted in partitions.

use peelian::v1::{Finding, FindingScope};

use crate::engine::partial::Tally;
use crate::intake::REGISTRY;

impl Tally {
    /// One finding for each code. A finding names no row, because rows have no numbers across partitions.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let found = self.findings.iter().map(|(code, (severity, total))| {
            let known = REGISTRY.iter().find(|known| known.code == code);
            Finding {
                code: code.clone(),
                severity: (*severity).into(),
                scope: FindingScope::Batch.into(),
                rule: known.map_or("A rule of the contract.", |known| known.rule).to_owned(),
                message: format!("Found {total} times in all partitions: check a part of the rows to see which."),
                ..Finding::default()
            }
        });
        found.collect()
    }
}
